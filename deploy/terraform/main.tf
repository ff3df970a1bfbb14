# A virtual machine of any cloud that runs Fairway: this module makes its cloud-init, and the caller's instance takes it as user data.
# It needs no provider, so it fits beside whichever one the caller uses.

locals {
  own_database = var.database_url == ""
  # PostgreSQL lets its own user in by the socket; the container shares it, so there is no password to keep.
  database_url = local.own_database ? "postgres://fairway@localhost/fairway?host=/run/postgresql" : var.database_url

  # One line, as a file of settings needs it: Fairway reads \n in the key as a line break.
  github_app_private_key = replace(replace(trimspace(var.github_app_private_key), "\r", ""), "\n", "\\n")

  environment = merge(
    {
      DATABASE_URL       = local.database_url
      FAIRWAY_DATA_DIR   = "/var/lib/fairway"
      FAIRWAY_LISTEN     = "127.0.0.1:3000"
      FAIRWAY_PUBLIC_URL = var.public_url
      FAIRWAY_LOG_FORMAT = "json"
    },
    var.github_webhook_secret == "" ? {} : { FAIRWAY_GITHUB_WEBHOOK_SECRET = var.github_webhook_secret },
    var.github_webhook_secret_other == "" ? {} : { FAIRWAY_GITHUB_WEBHOOK_SECRET_OTHER = var.github_webhook_secret_other },
    var.github_app_id == "" ? {} : { FAIRWAY_GITHUB_APP_ID = var.github_app_id, FAIRWAY_GITHUB_APP_PRIVATE_KEY = local.github_app_private_key },
    var.key == "" ? {} : { FAIRWAY_KEY = var.key },
    var.oidc_issuer == "" ? {} : { FAIRWAY_OIDC_ISSUER = var.oidc_issuer, FAIRWAY_OIDC_CLIENT_ID = var.oidc_client_id, FAIRWAY_OIDC_CLIENT_SECRET = var.oidc_client_secret },
    var.github_client_id == "" ? {} : { FAIRWAY_GITHUB_CLIENT_ID = var.github_client_id, FAIRWAY_GITHUB_CLIENT_SECRET = var.github_client_secret },
    var.github_token == "" ? {} : { FAIRWAY_GITHUB_TOKEN = var.github_token },
    var.smtp_url == "" ? {} : { FAIRWAY_SMTP_URL = var.smtp_url, FAIRWAY_SMTP_FROM = var.smtp_from },
    var.environment,
  )

  unit = templatefile("${path.module}/fairway.service.tftpl", {
    image        = var.image
    own_database = local.own_database
  })

  cloud_config = {
    package_update = true
    packages       = concat(["podman"], local.own_database ? ["postgresql"] : [])
    users          = ["default", { name = "fairway", system = true, shell = "/usr/sbin/nologin" }]
    write_files = [
      {
        path        = "/etc/fairway/environment"
        owner       = "root:root"
        permissions = "0600"
        content     = join("", [for name in sort(keys(local.environment)) : "${name}=${local.environment[name]}\n"])
      },
      {
        path        = "/etc/systemd/system/fairway.service"
        owner       = "root:root"
        permissions = "0644"
        content     = local.unit
      },
    ]
    runcmd = concat(
      local.own_database ? [
        ["systemctl", "enable", "--now", "postgresql"],
        ["sh", "-c", "runuser -u postgres -- psql -tAc \"select 1 from pg_roles where rolname = 'fairway'\" | grep -q 1 || runuser -u postgres -- createuser fairway"],
        ["sh", "-c", "runuser -u postgres -- psql -tAc \"select 1 from pg_database where datname = 'fairway'\" | grep -q 1 || runuser -u postgres -- createdb --owner=fairway fairway"],
      ] : [],
      [
        ["systemctl", "daemon-reload"],
        ["systemctl", "enable", "--now", "fairway"],
      ],
    )
  }
}
