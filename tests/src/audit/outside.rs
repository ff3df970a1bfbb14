//! What the command line, the running server and an outsider prove: verifying, exporting, signed heads.

use std::{fs, time::Instant};

use sqlx::{ConnectOptions as _, PgPool};

use super::{commands, seal, tamper, write};
use crate::process::{Fairway, Folder, PATIENCE, run};

fn url(pool: &PgPool) -> String {
    pool.connect_options().to_url_lossy().to_string()
}

/// Runs `fairway audit` with the words of a line.
fn audit(folder: &Folder, pool: &PgPool, line: &str) -> (bool, String) {
    let words: Vec<&str> = ["audit"].into_iter().chain(line.split(' ')).collect();
    run(folder, &words, &[("DATABASE_URL", &url(pool))])
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_command_line_names_the_first_bad_row(pool: PgPool) {
    let commands = commands(&pool).await;
    let folder = Folder::new("audit-verify");
    write(&pool, 1, 30).await;
    seal(&commands, 10_000).await;
    let (whole, said) = audit(&folder, &pool, "verify");
    assert!(whole && said.contains("whole: 30 rows"), "{said}");
    let (whole, said) = audit(&folder, &pool, "verify --from 7");
    assert!(!whole && said.contains("checkpoint 7"), "{said}");

    tamper(
        &pool,
        "update audit set reason = 'it was nothing' where subject = 'deploy:12'",
    )
    .await;
    let row: uuid::Uuid = sqlx::query_scalar("select id from audit where subject = 'deploy:12'")
        .fetch_one(&pool)
        .await
        .unwrap();
    let (whole, said) = audit(&folder, &pool, "verify");
    assert!(
        !whole
            && said.contains(&format!("row {row}, sealed as number 12, was altered"))
            && said.contains("Seals 1 to 11 are right"),
        "{said}"
    );
    let nobody = [("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none")];
    let (well, said) = run(
        &folder,
        &["people", "erase", "x", "--reason", "asked for"],
        &nobody,
    );
    assert!(!well && said.contains("invalid value"), "{said}");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_export_is_verified_without_the_database(pool: PgPool) {
    let commands = commands(&pool).await;
    let folder = Folder::new("audit-export");
    write(&pool, 1, 40).await;
    sqlx::query(
        "insert into audit (id, at, actor_kind, actor_name, action, subject, reason, before, after, user_agent)
         values (gen_random_uuid(), now() - interval '1 hour', 'local', '=cmd', '', E'a,\"b\"\\r\\nc', '', 'null', '{\"deep\": [1.10]}', '')",
    )
    .execute(&pool)
    .await
    .unwrap();
    seal(&commands, 10_000).await;
    super::change(&commands, "Later").await.unwrap();
    let nobody = [("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none")];
    for format in ["csv", "jsonl"] {
        let (well, said) = audit(&folder, &pool, &format!("export --format {format}"));
        assert!(
            well && said.contains("1 rows have no seal yet") && said.contains("41 rows."),
            "{said}"
        );
        // What is said beside the rows goes to standard error, which comes after them here.
        let rows = &said[..said.find("1 rows have no seal yet").unwrap()];
        let path = folder.0.join(format!("trail.{format}"));
        let check = |text: &str| {
            fs::write(&path, text).unwrap();
            run(
                &folder,
                &["audit", "verify", "--file", path.to_str().unwrap()],
                &nobody,
            )
        };
        let (whole, said) = check(rows);
        assert!(whole && said.contains("whole: 41 rows"), "{format}: {said}");
        for (from, to) in [
            ("curl/8", "curl/9"),
            ("deploy:17", "deploy:71"),
            ("1.10", "1.1"),
            ("request-5", "request-6"),
        ] {
            let (whole, said) = check(&rows.replacen(from, to, 1));
            assert!(!whole && said.contains("altered"), "{format} {from}: {said}");
        }
        let without = |line: usize| -> String {
            let lines = rows.split_inclusive('\n').enumerate();
            lines
                .filter(|(index, _)| *index != line)
                .map(|(_, line)| line)
                .collect()
        };
        let (whole, said) = check(&without(5));
        // A record of the table may take two lines.
        let named = said.contains("missing") || said.contains("cut off");
        assert!(!whole && named, "{format}: {said}");
        let cut = &rows[..rows.len() - 9];
        let (whole, said) = check(cut);
        assert!(!whole && said.contains("cut off"), "{format}: {said}");
    }
    let (well, said) = audit(&folder, &pool, "export --format jsonl --from 2099-01-01");
    assert!(well && said.contains("0 rows."), "{said}");
    let (well, said) = audit(&folder, &pool, "export --format jsonl --from yesterday");
    assert!(!well && said.contains("2026-11-26"), "{said}");
}

/// The program of docs/security/audit.md, run on a real export, where there is a Python to run it.
#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_documented_program_verifies_an_export(pool: PgPool) {
    let commands = commands(&pool).await;
    let folder = Folder::new("audit-document");
    write(&pool, 1, 40).await;
    seal(&commands, 10_000).await;
    let (_, said) = audit(&folder, &pool, "export --format jsonl");
    let rows = &said[..said.find("40 rows.").unwrap()];
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/security/audit.md")).unwrap();
    let program = page
        .split("```python\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let verify = |rows: &str| {
        fs::write(folder.0.join("trail"), rows).unwrap();
        std::process::Command::new("python3")
            .args(["-c", program, "trail"])
            .current_dir(&folder.0)
            .output()
    };
    let Ok(output) = verify(rows) else {
        println!("there is no python3 here; the program of the document was not run");
        return;
    };
    let whole = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(whole.starts_with("whole: "), "{output:?}");
    for (from, to) in [
        ("ada 7", "eva 7"),
        ("deploy:17", "deploy:71"),
        ("\"planned\":false", "\"planned\":true"),
    ] {
        let output = verify(&rows.replacen(from, to, 1)).unwrap();
        assert!(!output.status.success(), "{from}");
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn signed_heads_leave_the_machine_and_bind_the_trail(pool: PgPool) {
    let commands = commands(&pool).await;
    let folder = Folder::new("audit-heads").with_site();
    let (made, said) = audit(&folder, &pool, "keygen audit.key");
    assert!(made && said.contains("-----BEGIN PUBLIC KEY-----"), "{said}");
    let public = &said[said.find("-----BEGIN").unwrap()..said.find("-----END PUBLIC KEY-----").unwrap() + 25];
    fs::write(folder.0.join("audit.pub"), public).unwrap();
    let (again, said) = audit(&folder, &pool, "keygen audit.key");
    assert!(
        !again && said.contains("Name a new file"),
        "a key is never overwritten: {said}"
    );

    let database = url(&pool);
    let settings = [
        ("DATABASE_URL", &*database),
        ("FAIRWAY_AUDIT_KEY_FILE", "audit.key"),
        ("FAIRWAY_AUDIT_HEAD_FILE", "heads"),
    ];
    fs::create_dir(folder.0.join("heads")).unwrap();
    // Seals beside its requests, and signs when it starts.
    let begun = Instant::now();
    let mut fairway = Fairway::serve(&folder, &settings).await;
    super::change(&commands, "Watched").await.unwrap();
    while commands.reads().audit_chain().await.unwrap().unsealed > 0 {
        assert!(begun.elapsed() < PATIENCE, "nothing was sealed");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    println!("start, change and seal took {:.1?}", begun.elapsed());
    fairway.signal("TERM");
    assert_eq!(fairway.ended().await.code(), Some(0));
    let mut second = Fairway::serve(&folder, &settings).await;
    let file = folder.0.join("heads/audit-heads.jsonl");
    while !fs::read_to_string(&file)
        .unwrap_or_default()
        .contains("\"number\":1,")
    {
        assert!(begun.elapsed() < PATIENCE, "no head was signed");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    second.signal("TERM");
    assert_eq!(second.ended().await.code(), Some(0));

    let verify = ["audit", "verify", "--heads", "heads", "--public-key", "audit.pub"];
    let (whole, said) = run(&folder, &verify, &settings[..1]);
    assert!(whole && said.contains("signed heads"), "{said}");
    let (whole, said) = run(&folder, &["audit", "verify"], &settings);
    assert!(whole && !said.contains(" 0 signed heads"), "by itself: {said}");
    let (printed, said) = run(&folder, &["audit", "head"], &settings);
    assert!(
        printed && said.contains("\"number\":1,") && said.contains("\"signature\":\""),
        "{said}"
    );

    // The trail begins anew, as if nothing had been done: it is whole in itself, and not what was signed.
    tamper(
        &pool,
        "delete from audit; delete from audit_seals; update audit_head set number = 0, hash = genesis",
    )
    .await;
    let (whole, said) = run(&folder, &["audit", "verify"], &settings[..1]);
    assert!(whole, "{said}");
    let (whole, said) = run(&folder, &verify, &settings[..1]);
    assert!(!whole && said.contains("rewritten after it was signed"), "{said}");
    let heads = fs::read_to_string(&file).unwrap();
    fs::write(&file, heads.replace("\"number\":1,", "\"number\":0,")).unwrap();
    let (whole, said) = run(&folder, &verify, &settings[..1]);
    assert!(!whole && said.contains("not signed with this key"), "{said}");
}

#[test]
fn half_a_setting_is_said_at_start() {
    let folder = Folder::new("audit-settings").with_site();
    let (well, said) = run(&folder, &["serve"], &[("FAIRWAY_AUDIT_HEAD_FILE", "heads.jsonl")]);
    assert!(
        !well && said.contains("FAIRWAY_AUDIT_KEY_FILE") && said.contains("keygen"),
        "{said}"
    );
    fs::write(
        folder.0.join("no.key"),
        "-----BEGIN PRIVATE KEY-----\nbm8=\n-----END PRIVATE KEY-----\n",
    )
    .unwrap();
    let (well, said) = run(&folder, &["serve"], &[("FAIRWAY_AUDIT_KEY_FILE", "no.key")]);
    assert!(!well && said.contains("holds no Ed25519 key"), "{said}");
}
