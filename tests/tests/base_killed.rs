//! The service in real trouble: killed while it writes, and with a full disk.
//!
//! 1. What was acknowledged is there after a kill, whatever was being written; what was not is whole or absent.
//! 2. A full disk answers 507, loses nothing, and searching goes on; with room again, writing does too.

use geodata::base::{Base, CaseFilter, Subject};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;
use tests::{Cluster, Fsync, ServerProcess, TestApp, block_on, extract, http, try_http};

/// How often each kind of base is killed.
const KILLS: u64 = 25;
const WRITERS: usize = 4;
const JSON: &str = "Content-Type: application/json\r\n";

type Acknowledged = Vec<(i64, String)>;

#[test]
fn what_was_acknowledged_survives_a_kill_on_sqlite() {
    let data = TestApp::from_extracts(&[extract("chisinau-tiny")]).data;
    let url = format!("sqlite:{}", data.path().join("kudy.db").display());
    survive(data.path(), &url);
}

#[test]
fn what_was_acknowledged_survives_a_kill_on_postgresql() {
    let data = TestApp::from_extracts(&[extract("chisinau-tiny")]).data;
    let cluster = Cluster::start(Fsync::On);
    survive(data.path(), &cluster.create_database());
}

fn survive(data: &Path, url: &str) {
    let mut acknowledged = Acknowledged::new();
    for kill in 0..KILLS {
        let server = ServerProcess::start_with(data, &["--base", url, "--report-rate", "off"]);
        let address = server.address.clone();
        // The first report reads the dictionaries, which takes longer than all that follow.
        acknowledged.extend(write(&address, &format!("{kill}"), 0));
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let address = address.clone();
                std::thread::spawn(move || {
                    write_until_refused(&address, &format!("{kill}.{writer}"))
                })
            })
            .collect();
        // From the first write to some dozens of them.
        std::thread::sleep(Duration::from_millis(5 + kill * 13 % 170));
        drop(server);
        for writer in writers {
            acknowledged.extend(writer.join().expect("a writer ends"));
        }
    }
    // More than the first ones: some were cut off in the middle of the others, however slow the disk is.
    let first = usize::try_from(KILLS).expect("few kills");
    assert!(acknowledged.len() > first, "{} reports", acknowledged.len());
    block_on(check_whole(url, &acknowledged));
}

/// Reports one address after the other until the server is gone.
fn write_until_refused(address: &str, name: &str) -> Acknowledged {
    (1..)
        .map_while(|number| write(address, name, number))
        .collect()
}

/// Reports an address; `None` when it was not acknowledged to the end.
fn write(address: &str, name: &str, number: usize) -> Option<(i64, String)> {
    let text = format!("вул. {name} {number}");
    let body = json!({"text": text, "lat": 47.02, "lon": 28.83, "contact": "x@example.org"});
    let answer = try_http(address, "POST /v1/address-reports", JSON, &body.to_string());
    let (_, _, answer) = answer.filter(|(status, ..)| *status == 201)?;
    // The kill may cut an answer off behind its first line.
    let answer: Value = serde_json::from_str(&answer).ok()?;
    Some((
        answer["id"].as_i64()?,
        answer["secret"].as_str()?.to_owned(),
    ))
}

/// Every acknowledged report opens, and every report and case has its entry in a journal without gaps.
async fn check_whole(url: &str, acknowledged: &Acknowledged) {
    let base = Base::open(url).expect("a base's URL");
    for (id, secret) in acknowledged {
        let report = base.report_by_secret(*id, secret).await;
        assert!(report.is_ok(), "report {id} is lost");
    }
    let mut numbers = BTreeSet::new();
    for case in base
        .cases(&CaseFilter::default(), 10_000)
        .await
        .expect("cases")
    {
        let reports = base.reports_of(case.id, 10_000).await.expect("reports");
        assert_eq!(
            case.reports,
            i64::try_from(reports.len()).expect("few"),
            "case {}",
            case.id
        );
        let journal = base
            .journal(Subject::Case(case.id))
            .await
            .expect("a journal");
        numbers.extend(journal.iter().map(|e| e.number));
        for report in reports {
            assert!(
                report.contact.is_some(),
                "report {} is not whole",
                report.id
            );
            let journal = base
                .journal(Subject::Report(report.id))
                .await
                .expect("a journal");
            numbers.extend(journal.iter().map(|e| e.number));
        }
    }
    let last = base.last_change().await.expect("a number");
    assert_eq!(numbers, (1..=last).collect(), "numbers have gaps");
}

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
    let (id, secret) = acknowledged.last().unwrap();
    assert_eq!(
        http(
            &server.address,
            &format!("GET /v1/address-reports/{id}?secret={secret}"),
            "",
            ""
        )
        .0,
        200
    );
    // Somebody makes room.
    std::fs::remove_file(
        server
            .root()
            .join(disk.strip_prefix("/").unwrap())
            .join("ballast"),
    )
    .unwrap();
    assert_eq!(report(2002).0, 201);
    for (id, secret) in &acknowledged {
        assert_eq!(
            http(
                &server.address,
                &format!("GET /v1/address-reports/{id}?secret={secret}"),
                "",
                ""
            )
            .0,
            200
        );
    }
}
