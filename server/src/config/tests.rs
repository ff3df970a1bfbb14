//! Settings are said wrong all at once, with what to do, and never with a secret.

use clap::Parser;
use integrations::prometheus::Access;
use secrecy::ExposeSecret;

use super::{Config, Problems, Settings, Source};

#[derive(Parser)]
struct Given {
    #[command(flatten)]
    settings: Settings,
}

/// Parses options alone: the environment of the test run must not matter, so every variable in use is overridden.
fn parse(options: &[&str]) -> Result<Config, Problems> {
    let mut line = vec!["fairway"];
    if !options.iter().any(|option| option.starts_with("--database-url")) {
        line.push("--database-url=");
    }
    line.extend(options);
    Config::parse(&Given::try_parse_from(line).unwrap().settings)
}

#[test]
fn defaults_need_no_setting() {
    let config = parse(&[]).unwrap();
    assert_eq!(config.http.listen.to_string(), "127.0.0.1:3000");
    assert_eq!(config.http.public_url, "http://localhost:3000");
    assert!(config.github.webhook_secrets.is_empty());
    assert!(matches!(config.database.source, Source::Embedded { .. }));
}

#[test]
fn all_wrong_settings_are_said_at_once() {
    let problems = parse(&[
        "--listen=fairway:3000",
        "--log-format=xml",
        "--time-zone=Mars/Olympus",
        "--database-url=mysql://root:hunter2secret@db/x",
        "--github-webhook-secret=tooshort",
    ])
    .unwrap_err();
    let settings: Vec<&str> = problems
        .0
        .iter()
        .map(|p| p.setting.split(' ').next().unwrap())
        .collect();
    assert_eq!(
        settings,
        [
            "DATABASE_URL",
            "FAIRWAY_LISTEN",
            "FAIRWAY_LOG_FORMAT",
            "FAIRWAY_GITHUB_WEBHOOK_SECRET",
            "FAIRWAY_TIME_ZONE"
        ]
    );
    assert!(problems.0.iter().all(|problem| !problem.next.is_empty()));
    let text = problems.to_string();
    assert!(
        text.starts_with("Fairway cannot start: 5 settings need attention."),
        "{text}"
    );
}

#[test]
fn the_last_way_in_cannot_be_switched_off() {
    let wrong = |options: &[&str]| {
        let problems = parse(options).err().map_or_else(Vec::new, |problems| problems.0);
        let names = problems
            .iter()
            .map(|problem| problem.setting.split(' ').next().unwrap_or_default().to_owned());
        names.collect::<Vec<_>>()
    };
    let off = "--password-sign-in=false";
    assert_eq!(wrong(&[off]), ["FAIRWAY_PASSWORD_SIGN_IN"]);
    let oidc = ["--oidc-issuer=https://id.example", "--oidc-client-id=fairway"];
    assert!(wrong(&[off, oidc[0], oidc[1]]).is_empty());
    assert_eq!(wrong(&[oidc[0]]), ["FAIRWAY_OIDC_CLIENT_ID"]);
    for issuer in ["http://id.example", "id.example", "https://id.example/?a=b"] {
        let issuer = format!("--oidc-issuer={issuer}");
        assert_eq!(wrong(&[&issuer, oidc[1]]), ["FAIRWAY_OIDC_ISSUER"], "{issuer}");
    }
    let github = ["--github-client-id=x", "--github-client-secret=y"];
    assert_eq!(
        wrong(&github),
        ["FAIRWAY_GITHUB_CLIENT_ID"],
        "nobody says who is in which team"
    );
    assert!(wrong(&[off, github[0], github[1], "--github-token=ghp_x"]).is_empty());
    assert_eq!(
        wrong(&[github[0], "--github-token=ghp_x"]),
        ["FAIRWAY_GITHUB_CLIENT_SECRET"]
    );
}

#[test]
fn secrets_stand_in_no_message_and_no_debug_output() {
    const CANARY: &str = "canary-7f3a91";
    let options = [
        format!("--database-url=postgres://fairway:{CANARY}@db.example/fairway"),
        format!("--github-webhook-secret={CANARY}-and-more"),
        format!("--github-token=ghp_{CANARY}"),
    ];
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let config = parse(&options).unwrap();
    assert!(!format!("{config:?}").contains(CANARY));

    let wrong = [
        format!("--database-url=postgres://fairway:{CANARY}@/"),
        format!("--github-token={CANARY} é"),
        format!("--github-webhook-secret-other={CANARY}"),
    ];
    let wrong: Vec<&str> = wrong.iter().map(String::as_str).collect();
    let problems = parse(&wrong).unwrap_err();
    assert_eq!(problems.0.len(), 4, "{problems}");
    assert!(!format!("{problems} {problems:?}").contains(CANARY), "{problems}");
}

#[test]
fn an_address_off_loopback_needs_https() {
    let wrong = |options: &[&str]| parse(options).unwrap_err().to_string();
    for listen in [
        "--listen=0.0.0.0:3000",
        "--listen=[::]:3000",
        "--listen=192.168.1.4:3000",
    ] {
        let text = wrong(&[listen]);
        assert!(
            text.contains("FAIRWAY_PUBLIC_URL") && text.contains("https"),
            "{text}"
        );
        let text = wrong(&[listen, "--public-url=http://fairway.example.com"]);
        assert!(text.contains("FAIRWAY_PUBLIC_URL"), "{text}");
        assert!(parse(&[listen, "--public-url=https://fairway.example.com"]).is_ok());
    }
    assert!(wrong(&["--trusted-proxies=many"]).contains("FAIRWAY_TRUSTED_PROXIES"));
    assert_eq!(parse(&["--trusted-proxies=2"]).unwrap().http.trusted_proxies, 2);
}

#[test]
fn loopback_is_accepted_in_all_its_spellings() {
    for listen in ["127.0.0.1:80", "localhost:3000", "[::1]:3000", "127.8.8.8:1"] {
        let given = format!("--listen={listen}");
        assert!(parse(&[&given]).is_ok(), "{listen}");
    }
    for listen in ["3000", "fairway:3000"] {
        let given = format!("--listen={listen}");
        assert!(parse(&[&given]).is_err(), "{listen}");
    }
}

#[test]
fn the_demo_has_a_database_of_its_own() {
    let config = parse(&["--demo", "--database-url=postgres://u@h/fairway"]).unwrap();
    let Source::Url(url) = config.database.source else {
        panic!("an address was given")
    };
    assert!(url.expose_secret().ends_with("/fairway_demo"));
}

#[test]
fn two_secrets_are_kept_in_order() {
    let config = parse(&[
        "--github-webhook-secret=0123456789abcdef",
        "--github-webhook-secret-other=fedcba9876543210",
    ])
    .unwrap();
    let secrets: Vec<&str> = config
        .github
        .webhook_secrets
        .iter()
        .map(ExposeSecret::expose_secret)
        .collect();
    assert_eq!(secrets, ["0123456789abcdef", "fedcba9876543210"]);
}

#[test]
fn an_app_needs_its_number_and_a_key_and_what_is_wrong_is_said_with_the_rest() {
    let wrong = |options: &[&str]| {
        let problems = parse(options).unwrap_err();
        let settings = problems
            .0
            .iter()
            .map(|problem| problem.setting.split(' ').next().unwrap_or_default());
        settings.map(ToOwned::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(wrong(&["--github-app-id=12"]), ["FAIRWAY_GITHUB_APP_PRIVATE_KEY"]);
    assert_eq!(wrong(&["--github-app-private-key=x"]), ["FAIRWAY_GITHUB_APP_ID"]);
    assert_eq!(
        wrong(&[
            "--github-app-id=acme",
            "--github-app-private-key=x",
            "--log-format=xml"
        ]),
        ["FAIRWAY_LOG_FORMAT", "FAIRWAY_GITHUB_APP_ID"]
    );
    assert_eq!(
        wrong(&[
            "--github-app-id=12",
            "--github-app-private-key-file=/no/such/key.pem"
        ]),
        ["FAIRWAY_GITHUB_APP_PRIVATE_KEY_FILE"]
    );
    let both = [
        "--github-app-id=12",
        "--github-app-private-key=x",
        "--github-app-private-key-file=/x",
    ];
    assert_eq!(wrong(&both), ["FAIRWAY_GITHUB_APP_PRIVATE_KEY_FILE"]);
    let problems = parse(&["--github-app-id=12", "--github-app-private-key=canary-7f3a91"]).unwrap_err();
    assert!(problems.to_string().contains("no RSA private key"), "{problems}");
    assert!(
        !format!("{problems} {problems:?}").contains("canary"),
        "{problems}"
    );
}

#[test]
fn metrics_are_read_in_the_name_that_is_set() {
    let wrong = |options: &[&str]| {
        let problems = parse(options).err().map_or_else(Vec::new, |problems| problems.0);
        let names = problems
            .iter()
            .map(|problem| problem.setting.split(' ').next().unwrap_or_default().to_owned());
        names.collect::<Vec<_>>()
    };
    assert!(parse(&[]).unwrap().prometheus.is_none());
    let url = "--prometheus-url=http://prometheus.internal:9090/metrics";
    let plain = parse(&[url]).unwrap().prometheus.unwrap();
    assert!(plain.access.is_none() && plain.tenant.is_none());
    let token = "--prometheus-token=canary-51d0";
    let bearer = parse(&[url, token, "--prometheus-tenant=acme"]).unwrap();
    let bearer = bearer.prometheus.unwrap();
    assert!(matches!(bearer.access, Some(Access::Bearer(_))));
    assert_eq!(bearer.tenant.as_deref(), Some("acme"));
    let basic = parse(&[url, token, "--prometheus-user=ada"]).unwrap();
    assert!(matches!(
        basic.prometheus.unwrap().access,
        Some(Access::Basic { .. })
    ));
    assert_eq!(wrong(&[token]), ["FAIRWAY_PROMETHEUS_TOKEN"]);
    assert_eq!(
        wrong(&[url, "--prometheus-user=ada"]),
        ["FAIRWAY_PROMETHEUS_TOKEN"]
    );
    assert_eq!(
        wrong(&[url, token, "--prometheus-user=ada:x"]),
        ["FAIRWAY_PROMETHEUS_USER"]
    );
    for url in [
        "--prometheus-url=prometheus:9090",
        "--prometheus-url=http://ada:canary@p/",
        "--prometheus-url=http://p/?a=b",
    ] {
        assert_eq!(wrong(&[url]), ["FAIRWAY_PROMETHEUS_URL"], "{url}");
        let said = parse(&[url]).unwrap_err().to_string();
        assert!(!said.contains("canary"), "{said}");
    }
}

#[test]
fn mail_needs_a_sender_and_a_password_needs_encryption() {
    let wrong = |options: &[&str]| {
        let problems = parse(options).err().map_or_else(Vec::new, |problems| problems.0);
        let names = problems
            .iter()
            .map(|problem| problem.setting.split(' ').next().unwrap_or_default().to_owned());
        assert!(!format!("{problems:?}").contains("hunter2"), "{problems:?}");
        names.collect::<Vec<_>>()
    };
    let from = "--smtp-from=Fairway <fairway@example.com>";
    assert!(parse(&[]).unwrap().mail.is_none());
    assert!(wrong(&["--smtp-url=smtp://mail.example", from]).is_empty());
    let good = "--smtp-url=smtp://fairway:hunter2secret@mail.example?tls=required";
    assert!(wrong(&[good, from]).is_empty());
    assert_eq!(wrong(&[good]), ["FAIRWAY_SMTP_FROM"]);
    for url in [
        "--smtp-url=smtp://fairway:hunter2secret@mail.example",
        "--smtp-url=smtp://fairway:hunter2secret@mail.example?tls=opportunistic",
        "--smtp-url=https://fairway:hunter2secret@mail.example",
        "--smtp-url=hunter2secret",
    ] {
        assert_eq!(wrong(&[url, from]), ["FAIRWAY_SMTP_URL"], "{url}");
    }
    assert_eq!(wrong(&[good, "--smtp-from=nobody"]), ["FAIRWAY_SMTP_URL"]);
}

#[test]
fn policies_are_read_from_a_repository_and_a_path_in_it() {
    let wrong = |options: &[&str]| {
        let problems = parse(options).err().map_or_else(Vec::new, |problems| problems.0);
        let names = problems
            .iter()
            .map(|problem| problem.setting.split(' ').next().unwrap_or_default().to_owned());
        names.collect::<Vec<_>>()
    };
    assert!(parse(&[]).unwrap().policies.is_none());
    let place = parse(&["--policies-repository=acme/ops"])
        .unwrap()
        .policies
        .unwrap();
    assert_eq!(
        (place.repository.full_name().as_str(), place.path.as_str()),
        ("acme/ops", "policies")
    );
    let all = parse(&["--policies-repository=acme/ops", "--policies-path=."]).unwrap();
    assert_eq!(all.policies.unwrap().path, "");
    assert_eq!(
        wrong(&["--policies-repository=acme"]),
        ["FAIRWAY_POLICIES_REPOSITORY"]
    );
    assert_eq!(wrong(&["--policies-path=policies"]), ["FAIRWAY_POLICIES_PATH"]);
    let outside = ["--policies-repository=acme/ops", "--policies-path=../other"];
    assert_eq!(wrong(&outside), ["FAIRWAY_POLICIES_PATH"]);
}
