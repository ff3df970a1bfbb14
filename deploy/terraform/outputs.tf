output "cloud_init" {
  description = "User data of the machine. It holds the secrets that were given."
  value       = "#cloud-config\n${yamlencode(local.cloud_config)}"
  sensitive   = true

  precondition {
    condition     = (var.github_app_private_key == "") == (var.github_app_id == "")
    error_message = "The App's number and its private key go together: set github_app_id and github_app_private_key, or neither."
  }
}
