//! The built programs from end to end.

use serde_json::Value;
use tests::{ServerProcess, encode, extract, http_get, run_indexer, run_server};

#[test]
fn an_extract_becomes_a_suggestion() {
    let data = tempfile::tempdir().unwrap();
    let report = data.path().join("report.json");
    let (osm, data_dir) = (extract("chisinau-tiny"), data.path().join("data"));
    let built = run_indexer(&[
        "build".as_ref(),
        "--data".as_ref(),
        data_dir.as_os_str(),
        "--osm".as_ref(),
        osm.as_os_str(),
        "--report".as_ref(),
        report.as_os_str(),
    ]);
    assert_eq!(built.code, 0, "{}", built.stderr);
    let report: Value = serde_json::from_slice(&std::fs::read(report).unwrap()).unwrap();
    assert!(
        report["places"]["house"].as_u64().unwrap() > 150,
        "{report}"
    );
    let server = ServerProcess::start(&data_dir);
    let (status, body) = http_get(
        &server.address,
        &format!("/v1/autocomplete?q={}", encode("str")),
    );
    assert_eq!(status, 200);
    let answer: Value = serde_json::from_str(&body).unwrap();
    assert!(!answer["features"].as_array().unwrap().is_empty(), "{body}");
    for path in [
        "/health/live",
        "/health/ready",
        "/v1/status",
        "/openapi.json",
        "/",
        "/app.js",
        "/style.css",
    ] {
        assert_eq!(http_get(&server.address, path).0, 200, "{path}");
    }
    let (_, metrics) = http_get(&server.address, "/metrics");
    assert!(
        metrics.contains(
            "http_request_duration_seconds_bucket{route=\"/v1/autocomplete\",status=\"200\""
        ),
        "{metrics}"
    );
    refuses_what_is_wrong(&server);
    let address = server.address.clone();
    let second = run_server(&[
        "serve".as_ref(),
        "--data".as_ref(),
        data_dir.as_os_str(),
        "--listen".as_ref(),
        address.as_ref() as &std::ffi::OsStr,
    ]);
    assert_eq!(second.code, 1);
    assert!(
        second
            .stderr
            .contains(&format!("cannot listen on `{address}`")),
        "{}",
        second.stderr
    );
    let (code, log) = server.stop();
    assert_eq!(code, 0, "{log}");
    assert!(!log.contains("WARN") && !log.contains("ERROR"), "{log}");
}

/// Requests that must be refused, over a real connection.
fn refuses_what_is_wrong(server: &ServerProcess) {
    for (path, status) in [
        ("/v1/autocomplete?q=%ff", 400),
        ("/v1/autocomplete?q=a&lat=95&lon=0", 400),
        ("/v1/autocomplete?q=a&limit=-1", 400),
        ("/v1/autocomplete?q=a&nonsense=1", 400),
        (
            format!("/v1/autocomplete?q={}", "a".repeat(10_000)).as_str(),
            400,
        ),
        ("/nothing", 404),
    ] {
        assert_eq!(http_get(&server.address, path).0, status, "{path}");
    }
}

#[test]
fn building_twice_gives_the_same_content() {
    let data = tempfile::tempdir().unwrap();
    let manifests: Vec<Value> = ["a", "b"]
        .iter()
        .map(|name| {
            let folder = data.path().join(name);
            let osm = extract("chisinau-tiny");
            let built = run_indexer(&[
                "build".as_ref(),
                "--data".as_ref(),
                folder.as_os_str(),
                "--osm".as_ref(),
                osm.as_os_str(),
            ]);
            assert_eq!(built.code, 0, "{}", built.stderr);
            serde_json::from_slice(&std::fs::read(folder.join("current/manifest.json")).unwrap())
                .unwrap()
        })
        .collect();
    assert_eq!(manifests[0]["counts"], manifests[1]["counts"]);
    let tables = |m: &Value| -> Vec<(String, Value)> {
        let files = m["files"].as_object().unwrap().clone().into_iter();
        files
            .filter(|(name, _)| !name.starts_with("index/"))
            .collect()
    };
    assert_eq!(tables(&manifests[0]), tables(&manifests[1]));
}
