# terraform test: what the machine is told, and which inputs are refused.

variables {
  image = "registry.example/fairway@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
}

run "own_database" {
  command = plan

  assert {
    condition     = startswith(nonsensitive(output.cloud_init), "#cloud-config\n")
    error_message = "cloud-init reads the first line to know what this is."
  }
  assert {
    condition     = contains(yamldecode(nonsensitive(output.cloud_init)).packages, "postgresql")
    error_message = "Without a database one is installed."
  }
  assert {
    condition     = strcontains(yamldecode(nonsensitive(output.cloud_init)).write_files[0].content, "DATABASE_URL=postgres://fairway@localhost/fairway?host=/run/postgresql\n")
    error_message = "Fairway uses the socket of the machine's PostgreSQL."
  }
  assert {
    condition     = yamldecode(nonsensitive(output.cloud_init)).write_files[0].permissions == "0600"
    error_message = "Only root reads the settings."
  }
}

run "given_database" {
  command = plan
  variables {
    database_url          = "postgres://fairway:s3cret@db.internal:5432/fairway"
    github_webhook_secret = "It's a Secret to Everybody"
    environment           = { FAIRWAY_TIME_ZONE = "Europe/Berlin" }
  }

  assert {
    condition     = !contains(yamldecode(nonsensitive(output.cloud_init)).packages, "postgresql")
    error_message = "With a database none is installed."
  }
  assert {
    condition     = strcontains(yamldecode(nonsensitive(output.cloud_init)).write_files[0].content, "FAIRWAY_GITHUB_WEBHOOK_SECRET=It's a Secret to Everybody\nFAIRWAY_LISTEN=127.0.0.1:3000\n")
    error_message = "Settings are one a line, as they were given."
  }
  assert {
    condition     = !strcontains(yamldecode(nonsensitive(output.cloud_init)).write_files[1].content, "postgresql")
    error_message = "The unit does not wait for a PostgreSQL that is elsewhere."
  }
}

run "github_app" {
  command = plan
  variables {
    github_app_id          = "12"
    github_app_private_key = "-----BEGIN RSA PRIVATE KEY-----\r\nMIIE\n-----END RSA PRIVATE KEY-----\n"
  }

  assert {
    condition     = strcontains(yamldecode(nonsensitive(output.cloud_init)).write_files[0].content, "FAIRWAY_GITHUB_APP_PRIVATE_KEY=-----BEGIN RSA PRIVATE KEY-----\\nMIIE\\n-----END RSA PRIVATE KEY-----\n")
    error_message = "The key is one line of the settings."
  }
  assert {
    condition     = strcontains(yamldecode(nonsensitive(output.cloud_init)).write_files[1].content, "--volume=/var/lib/fairway:/var/lib/fairway")
    error_message = "What Fairway writes outlives its container."
  }
}

run "a_key_without_its_app_is_refused" {
  command = plan
  variables {
    github_app_private_key = "-----BEGIN RSA PRIVATE KEY-----"
  }
  expect_failures = [output.cloud_init]
}

run "ways_in" {
  command = plan
  variables {
    key                  = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    oidc_issuer          = "https://id.example.com/"
    oidc_client_id       = "fairway"
    oidc_client_secret   = "s3cret of the client"
    github_client_id     = "Iv1.0123456789abcdef"
    github_client_secret = "0123456789abcdef"
  }

  assert {
    condition     = strcontains(yamldecode(nonsensitive(output.cloud_init)).write_files[0].content, "FAIRWAY_GITHUB_CLIENT_ID=Iv1.0123456789abcdef\nFAIRWAY_GITHUB_CLIENT_SECRET=0123456789abcdef\nFAIRWAY_KEY=0123456789abcdef")
    error_message = "People sign in at GitHub, and secrets are sealed."
  }
  assert {
    condition     = strcontains(yamldecode(nonsensitive(output.cloud_init)).write_files[0].content, "FAIRWAY_OIDC_CLIENT_ID=fairway\nFAIRWAY_OIDC_CLIENT_SECRET=s3cret of the client\nFAIRWAY_OIDC_ISSUER=https://id.example.com/\n")
    error_message = "The issuer is written as the provider writes it."
  }
}

run "a_provider_without_a_client_is_refused" {
  command = plan
  variables {
    oidc_issuer = "https://id.example.com"
  }
  expect_failures = [output.cloud_init]
}

run "a_short_key_is_refused" {
  command = plan
  variables {
    key = "0123456789abcdef"
  }
  expect_failures = [var.key]
}

run "a_tag_is_refused" {
  command = plan
  variables {
    image = "fairway:latest"
  }
  expect_failures = [var.image]
}

run "a_line_break_is_refused" {
  command = plan
  variables {
    github_webhook_secret = "one\nFAIRWAY_LISTEN=0.0.0.0:3000"
  }
  expect_failures = [var.github_webhook_secret]
}
