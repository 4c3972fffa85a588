//! The API as its own document describes it, tried by an outside fuzzer (schemathesis) that knows nothing but that document: no answer may
//! be a failure of the hub, and every answer has a status, a type and a shape that the document names.
//!
//! `QITAO_API_EXAMPLES` says how many requests an operation gets (`make api-fuzz` gives many), `QITAO_API_SEED` which, and
//! `QITAO_API_DATABASE=postgres` has the hub on PostgreSQL instead of SQLite.

use std::path::Path;
use std::process::Command;

use qitao_tests::postgres::Postgres;
use qitao_tests::process::{HubProcess, workspace};
use serde_json::{Value, json};

/// What ends the sessions or tokens of whoever asks, and so would end the run. Each is tried on a hub of its own.
const LOCKS_OUT: [(&str, &str); 6] = [
    ("/api/v1/me/password", "POST"),
    ("/api/v1/me/tokens/{id}", "DELETE"),
    ("/api/v1/session", "DELETE"),
    ("/api/v1/people/{id}", "PATCH"),
    ("/api/v1/people/{id}/password", "POST"),
    ("/api/v1/people/{id}/sessions", "DELETE"),
];
/// An event stream goes on until the reader leaves.
const ENDLESS: &str = "/api/v1/events";

fn variable(name: &str, usual: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| usual.to_owned())
}

/// A hub with little in it, on a database of its own.
fn hub_on(folder: &Path, server: Option<&mut Postgres>) -> HubProcess {
    let mut options = vec!["--items".to_owned(), "300".to_owned()];
    if let Some(server) = server {
        options.extend(["--database".to_owned(), server.database().unwrap()]);
    }
    HubProcess::start(folder, &options.iter().map(String::as_str).collect::<Vec<_>>()).unwrap()
}

/// A token with everything that the administrator may do.
async fn token(hub: &HubProcess) -> String {
    let api = hub.admin().await.unwrap();
    let rights = api.get("/session").await.unwrap()["user"]["rights"].clone();
    let made = api.post("/me/tokens", &json!({"name": "fuzzer", "rights": rights})).await.unwrap();
    made["token"].as_str().unwrap().to_owned()
}

/// Runs the fuzzer; what it printed when it found something.
fn fuzz(hub: &HubProcess, token: &str, selection: &[String]) -> Result<(), String> {
    let target = workspace().join(std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()));
    let program = target.join("judges/bin/schemathesis");
    assert!(program.exists(), "the outside fuzzer is missing; run tests/setup/need.sh judges");
    let checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";
    let output = Command::new(program)
        .args(["run", &format!("{}/api/v1/openapi.json", hub.url()), "--checks", checks, "--phases", "coverage,fuzzing"])
        .args([
            "--workers",
            "2",
            "--continue-on-failure",
            "--no-color",
            "--warnings",
            "off",
            "--max-redirects",
            "0",
            "--request-timeout",
            "30",
        ])
        .args(["-n", &variable("QITAO_API_EXAMPLES", "3"), "--seed", &variable("QITAO_API_SEED", "1")])
        .args(["-H", &format!("Authorization: Bearer {token}"), "--exclude-path", ENDLESS])
        .args(selection)
        .current_dir(std::env::temp_dir())
        .output()
        .unwrap();
    match output.status.success() {
        true => Ok(()),
        false => Err(format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outside_fuzzer_finds_no_failure_and_no_answer_that_the_document_does_not_name() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = (variable("QITAO_API_DATABASE", "sqlite") == "postgres").then(|| Postgres::start().unwrap());
    let hub = hub_on(folder.path(), server.as_mut());
    let document: Value = reqwest::get(format!("{}/api/v1/openapi.json", hub.url())).await.unwrap().json().await.unwrap();
    let names: Vec<String> = LOCKS_OUT
        .iter()
        .map(|(path, method)| {
            let operation = &document["paths"][path][method.to_lowercase()];
            assert!(operation.is_object(), "{method} {path} is not in the document");
            format!("{method} {path}")
        })
        .collect();
    let rest: Vec<String> = names.iter().flat_map(|name| ["--exclude-name".to_owned(), name.clone()]).collect();
    let mut found = Vec::new();
    found.extend(fuzz(&hub, &token(&hub).await, &rest).err());
    let mut alone = tokio::task::JoinSet::new();
    for (n, name) in names.into_iter().enumerate() {
        let hub = hub_on(&folder.path().join(n.to_string()), server.as_mut());
        let token = token(&hub).await;
        alone.spawn_blocking(move || fuzz(&hub, &token, &["--include-name".to_owned(), name]).err());
    }
    found.extend(alone.join_all().await.into_iter().flatten());
    assert!(found.is_empty(), "{}", found.join("\n\n"));
}
