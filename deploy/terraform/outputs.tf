output "cloud_init" {
  description = "User data of the machine. It holds the secrets that were given."
  value       = "#cloud-config\n${yamlencode(local.cloud_config)}"
  sensitive   = true

  precondition {
    condition     = (var.github_app_private_key == "") == (var.github_app_id == "")
    error_message = "The App's number and its private key go together: set github_app_id and github_app_private_key, or neither."
  }

  precondition {
    condition     = (var.oidc_issuer == "") == (var.oidc_client_id == "")
    error_message = "The provider and Fairway's client there go together: set oidc_issuer and oidc_client_id, or neither."
  }

  precondition {
    condition     = (var.github_client_id == "") == (var.github_client_secret == "")
    error_message = "The OAuth app and its secret go together: set github_client_id and github_client_secret, or neither."
  }
}
