variable "image" {
  description = "Fairway's image by digest, as deploy/Dockerfile made it: name@sha256:…"
  type        = string

  validation {
    condition     = can(regex("^[^@[:space:]]+@sha256:[0-9a-f]{64}$", var.image))
    error_message = "Name the image by digest: registry/fairway@sha256:… (a tag can change under a running machine)."
  }
}

variable "public_url" {
  description = "What people type into their browser, without a path. The machine brings no TLS, so they reach it by an SSH tunnel."
  type        = string
  default     = "http://localhost:3000"

  validation {
    condition     = can(regex("^https?://[^/[:space:]]+$", var.public_url))
    error_message = "Write it as https://fairway.example.com, without a path."
  }
}

variable "database_url" {
  description = "PostgreSQL 15 or newer as postgres://user:password@host:5432/database; empty installs one on the machine."
  type        = string
  default     = ""
  sensitive   = true

  validation {
    condition     = var.database_url == "" || can(regex("^postgres(ql)?://[^[:space:]]+/[^/[:space:]]+$", var.database_url))
    error_message = "Write it as postgres://user:password@host:5432/database, or leave it out."
  }
}

variable "github_webhook_secret" {
  description = "Secret of the GitHub webhook; without it no delivery is accepted."
  type        = string
  default     = ""
  sensitive   = true

  validation {
    condition     = !can(regex("[\n\r]", var.github_webhook_secret))
    error_message = "A secret is one line."
  }
}

variable "github_webhook_secret_other" {
  description = "A second webhook secret that is accepted too, while the secret is being changed."
  type        = string
  default     = ""
  sensitive   = true

  validation {
    condition     = !can(regex("[\n\r]", var.github_webhook_secret_other))
    error_message = "A secret is one line."
  }
}

variable "github_app_id" {
  description = "Number of the GitHub App in whose name Fairway reads; it goes with github_app_private_key."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^[0-9]*$", var.github_app_id))
    error_message = "Copy the App ID from the App's page on GitHub; it is a number."
  }
}

variable "github_app_private_key" {
  description = "Private key of the GitHub App in PEM, as GitHub gave it: file(\"app.private-key.pem\")."
  type        = string
  default     = ""
  sensitive   = true
}

variable "github_token" {
  description = "Token with which Fairway reads GitHub (contents, pull requests, deployments: read)."
  type        = string
  default     = ""
  sensitive   = true

  validation {
    condition     = !can(regex("[[:space:]]", var.github_token))
    error_message = "A token has no spaces and is one line."
  }
}

variable "key" {
  description = "What secrets in the database are sealed with: openssl rand -hex 32. While it is changed two, the newest first, with a space between. Without it nobody can set an authenticator up."
  type        = string
  default     = ""
  sensitive   = true

  validation {
    condition     = can(regex("^([0-9a-f]{64}( [0-9a-f]{64})*)?$", var.key))
    error_message = "Write 64 hexadecimal digits, as openssl rand -hex 32 prints them; several with a space between."
  }
}

variable "oidc_issuer" {
  description = "OpenID provider that people sign in at, just as its /.well-known/openid-configuration writes it."
  type        = string
  default     = ""

  validation {
    condition     = var.oidc_issuer == "" || can(regex("^https?://[^?#[:space:]]+$", var.oidc_issuer))
    error_message = "Write it as https://id.example.com, without a query."
  }
}

variable "oidc_client_id" {
  description = "Fairway's client at the OpenID provider; it goes with oidc_issuer."
  type        = string
  default     = ""

  validation {
    condition     = !can(regex("[[:space:]]", var.oidc_client_id))
    error_message = "A client has no spaces and is one line."
  }
}

variable "oidc_client_secret" {
  description = "Secret of that client."
  type        = string
  default     = ""
  sensitive   = true

  validation {
    condition     = !can(regex("[\n\r]", var.oidc_client_secret))
    error_message = "A secret is one line."
  }
}

variable "github_client_id" {
  description = "OAuth app with which people sign in at GitHub; it goes with github_client_secret."
  type        = string
  default     = ""

  validation {
    condition     = !can(regex("[[:space:]]", var.github_client_id))
    error_message = "A client has no spaces and is one line."
  }
}

variable "github_client_secret" {
  description = "Secret of that OAuth app."
  type        = string
  default     = ""
  sensitive   = true

  validation {
    condition     = !can(regex("[[:space:]]", var.github_client_secret))
    error_message = "A secret has no spaces and is one line."
  }
}

variable "smtp_url" {
  description = "Mail server that news go out by, as smtps://user:password@host; it goes with smtp_from."
  type        = string
  default     = ""
  sensitive   = true

  validation {
    condition     = var.smtp_url == "" || can(regex("^smtps?://[^[:space:]]+$", var.smtp_url))
    error_message = "Write it as smtps://user:password@mail.example.com, or leave it out."
  }
}

variable "smtp_from" {
  description = "Whom mail is from: Fairway <fairway@example.com>."
  type        = string
  default     = ""

  validation {
    condition     = !can(regex("[\n\r]", var.smtp_from))
    error_message = "An address is one line."
  }
}

variable "environment" {
  description = "Further settings of Fairway, as FAIRWAY_NAME = value."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for name, value in var.environment : can(regex("^FAIRWAY_[A-Z_]+$", name)) && !can(regex("[\n\r]", value))])
    error_message = "Names begin with FAIRWAY_, and a value is one line."
  }
}
