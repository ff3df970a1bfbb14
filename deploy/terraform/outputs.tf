output "cloud_init" {
  description = "User data of the machine. It holds the secrets that were given."
  value       = "#cloud-config\n${yamlencode(local.cloud_config)}"
  sensitive   = true
}
