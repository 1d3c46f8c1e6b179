//! The service with a full disk: it answers 507, loses nothing, and searching goes on; with room again, writing does too.

use serde_json::{Value, json};
use tests::{ServerProcess, TestApp, extract, http};

const JSON: &str = "Content-Type: application/json\r\n";

type Acknowledged = Vec<(i64, String)>;

#[test]
fn a_full_disk_refuses_writes_and_loses_nothing() {
    let data = TestApp::from_extracts(&[extract("chisinau-tiny")]).data;
    let disk = data.path().join("disk");
    std::fs::create_dir(&disk).unwrap();
    let server = ServerProcess::start_on_small_disk(data.path(), &disk, 1500);
    let report = |number: usize| {
        let body = json!({"text": format!("вул. Нова {number}"), "lat": 47.02, "lon": 28.83, "comment": "x".repeat(1000)});
        http(
            &server.address,
            "POST /v1/address-reports",
            JSON,
            &body.to_string(),
        )
    };
    let mut acknowledged = Acknowledged::new();
    let refused = (0..2000).find_map(|number| {
        let (status, _, body) = report(number);
        let answer: Value = serde_json::from_str(&body).unwrap();
        if status != 201 {
            return Some((status, answer["code"].clone()));
        }
        acknowledged.push((
            answer["id"].as_i64().unwrap(),
            answer["secret"].as_str().unwrap().to_owned(),
        ));
        None
    });
    assert_eq!(refused, Some((507, json!("base_full"))));
    assert_eq!(report(2001).0, 507);
    assert_eq!(
        http(&server.address, "GET /v1/search?q=puskin", "", "").0,
        200
    );
    let state = |(id, secret): &(i64, String)| {
        let request = format!("GET /v1/address-reports/{id}?secret={secret}");
        http(&server.address, &request, "", "").0
    };
    assert_eq!(acknowledged.last().map(state), Some(200));
    // Somebody makes room.
    std::fs::remove_file(
        server
            .root()
            .join(disk.strip_prefix("/").unwrap())
            .join("ballast"),
    )
    .unwrap();
    assert_eq!(report(2002).0, 201);
    assert!(acknowledged.iter().all(|report| state(report) == 200));
}
