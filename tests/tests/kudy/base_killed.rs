//! The service killed while it writes: a server that takes reports and edits, and a build that settles edits.
//!
//! 1. What was acknowledged is there after a kill, whatever was being written; what was not is whole or absent.
//! 2. An edit is settled once, however often the build that should have done it was killed.
//! 3. Whenever a build was killed, the data folder has a snapshot that can be served.
//!
//! `make kill-base KILLS=50` kills more often than `make test`.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot build its data has failed, and a long run says what it did"
)]

use geodata::PlaceRef;
use geodata::base::{Base, Case, CaseFilter, EditState, NewEdit, NewToken, Role, Subject};
use geodata::snapshot::{DocId, Snapshot};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tests::{
    Cluster, Fsync, NOW_MS, ServerProcess, TestApp, block_on, extract, kill_indexer_after,
    run_indexer, secret_of, try_http,
};

/// How often each kind of base is killed, unless `KUDY_KILLS` says otherwise.
const KILLS: u64 = 8;
/// Who reports addresses; one more writes edits.
const REPORTERS: usize = 3;
/// Edits that each build has to settle.
const SETTLED: u64 = 12;
/// Edits that are written to a server between two kills at most: one place has them all.
const EDITS: usize = 150;
/// Places that are edited in turn.
const PLACES: usize = 60;
const JSON: &str = "Content-Type: application/json\r\n";

/// What a server has acknowledged.
#[derive(Default)]
struct Acknowledged {
    /// Their ids and secrets.
    reports: Vec<(i64, String)>,
    /// Their ids and the attribute of one of the places that each sets.
    edits: Vec<(i64, String, u64)>,
}

/// A data folder and a base that a server and a build work on.
struct Works {
    data: TempDir,
    url: String,
    /// A token that may approve, and its secret.
    author: i64,
    secret: String,
    /// What edits are about, from kill to kill another place.
    places: Vec<String>,
    /// How long a build takes that is not killed, about.
    build: Duration,
}

#[test]
fn what_was_acknowledged_survives_a_kill_on_sqlite() {
    let data = TestApp::from_extracts(&[extract("chisinau-tiny")]).data;
    let url = format!("sqlite:{}", data.path().join("kudy.db").display());
    survive(data, &url);
}

#[test]
fn what_was_acknowledged_survives_a_kill_on_postgresql() {
    let data = TestApp::from_extracts(&[extract("chisinau-tiny")]).data;
    let cluster = Cluster::start(Fsync::On);
    survive(data, &cluster.create_database());
}

fn kills() -> u64 {
    let given = std::env::var("KUDY_KILLS").ok().filter(|k| !k.is_empty());
    given.map_or(KILLS, |k| k.parse().expect("a number of kills"))
}

/// A moment that looks random, half of the time near the end of a build, where it settles.
fn moment(build: Duration, seed: &mut u64) -> Duration {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    let (permille, late) = (*seed % 1000, *seed & 1024 == 0);
    let permille = if late {
        800 + permille * 2 / 5
    } else {
        permille
    };
    build * u32::try_from(permille).unwrap() / 1000
}

fn survive(data: TempDir, url: &str) {
    let mut works = Works::start(data, url);
    let (mut acknowledged, mut settled, mut seed) = (Acknowledged::default(), Vec::new(), 11);
    let (mut cut, mut between, mut served) = (0, 0, 0);
    for kill in 0..kills() {
        settled.extend(block_on(works.seed_edits(kill)));
        let server = works.serve();
        let address = server.address.clone();
        let (build, kill_server) = (
            moment(works.build, &mut seed),
            moment(works.build, &mut seed),
        );
        let mut was_cut = false;
        std::thread::scope(|scope| {
            let reporters: Vec<_> = (0..REPORTERS)
                .map(|n| {
                    let (address, name) = (address.clone(), format!("{kill}.{n}"));
                    scope.spawn(move || report_until_refused(&address, &name, kill))
                })
                .collect();
            let editor = scope.spawn(|| works.edit_until_refused(&address, kill));
            let builder = scope.spawn(|| works.kill_build_after(build));
            std::thread::sleep(kill_server);
            drop(server);
            for reporter in reporters {
                acknowledged.reports.extend(reporter.join().unwrap());
            }
            acknowledged.edits.extend(editor.join().unwrap());
            was_cut = builder.join().unwrap();
        });
        cut += u32::from(was_cut);
        // Others work too: how long a build takes is learnt on the way.
        works.build = works.build * if was_cut { 6 } else { 4 } / 5;
        between += u32::from(block_on(is_partly_settled(url, &settled)));
        served += u32::from(Snapshot::open_current(works.data.path()).is_ok());
    }
    let (reports, edits) = (acknowledged.reports.len(), acknowledged.edits.len());
    println!(
        "{} kills of the server and {cut} of a build of {:?}, {between} of which left some edits settled and some not: {reports} reports and {edits} edits acknowledged, {} settled",
        kills(),
        works.build,
        settled.len()
    );
    assert!(reports > 0 && edits > 0 && cut > 0, "nothing was cut off");
    assert_eq!(u64::from(served), kills(), "a snapshot was lost");
    works.build();
    block_on(check_whole(url, &acknowledged));
    block_on(check_settled(url, &settled));
    works.check_published(&acknowledged);
}

impl Works {
    fn start(data: TempDir, url: &str) -> Works {
        let (secret, places) = (secret_of("Olena"), first_places(data.path()));
        let token = NewToken {
            name: "Olena",
            role: Role::Reviewer,
            secret: &secret,
            expires_ms: None,
        };
        let author = block_on(async {
            let base = Base::open(url).unwrap();
            base.create_token(&token, None, NOW_MS).await.unwrap()
        });
        let (url, build) = (url.to_owned(), Duration::ZERO);
        let works = Works {
            data,
            url,
            author,
            secret: secret.clone(),
            places,
            build,
        };
        let began = Instant::now();
        works.build();
        Works {
            build: began.elapsed(),
            ..works
        }
    }

    fn place(&self, kill: u64) -> &str {
        let kill = usize::try_from(kill).unwrap();
        &self.places[kill % self.places.len()]
    }

    fn serve(&self) -> ServerProcess {
        let options = [
            "--base",
            &self.url,
            "--report-rate",
            "off",
            "--write-rate",
            "off",
        ];
        ServerProcess::start_with(self.data.path(), &options)
    }

    fn arguments(&self) -> Vec<String> {
        let extract = extract("chisinau-tiny").display().to_string();
        let data = self.data.path().display().to_string();
        let words = [
            "build", "--data", &data, "--osm", &extract, "--base", &self.url,
        ];
        words.map(str::to_owned).to_vec()
    }

    fn build(&self) {
        let output = run_indexer(&self.arguments());
        assert_eq!(output.code, 0, "{}", output.stderr);
    }

    /// Whether the build was still running.
    fn kill_build_after(&self, moment: Duration) -> bool {
        kill_indexer_after(&self.arguments(), moment)
    }

    /// Edits of fields that the map has not: half of them want what it says, half saw something else.
    async fn seed_edits(&self, kill: u64) -> Vec<(i64, EditState)> {
        let base = Base::open(&self.url).unwrap();
        let edit = |n: u64| {
            let (key, absorbed) = (format!("settled_{kill}_{n}"), n.is_multiple_of(2));
            let after = if absorbed { Value::Null } else { json!("ours") };
            NewEdit {
                operation: "set_attributes".to_owned(),
                target: Some(self.place(kill).to_owned()),
                before: json!({ &key: "seen" }),
                after: json!({ &key: after }),
                comment: String::new(),
                evidence: Vec::new(),
                author: self.author,
                key: None,
                snapshot: String::new(),
            }
        };
        let edits: Vec<NewEdit> = (0..SETTLED).map(edit).collect();
        let added = base
            .add_edits(&edits, EditState::Approved, NOW_MS)
            .await
            .unwrap();
        let ends = [EditState::Absorbed, EditState::Conflicted]
            .into_iter()
            .cycle();
        added.iter().map(|a| a.id).zip(ends).collect()
    }

    /// Sets one attribute after the other until the server is gone.
    fn edit_until_refused(&self, address: &str, kill: u64) -> Vec<(i64, String, u64)> {
        let headers = format!("{JSON}Authorization: Bearer {}\r\n", self.secret);
        let write = |n: usize| {
            let key = format!("written_{kill}_{n}");
            let body = json!({ "operation": "set_attributes", "target": self.place(kill), "after": { &key: "yes" }, "state": "approved" });
            let answer = try_http(address, "POST /v1/edits", &headers, &body.to_string());
            let (_, _, answer) = answer.filter(|(status, ..)| *status == 201)?;
            let answer: Value = serde_json::from_str(&answer).ok()?;
            Some((answer["id"].as_i64()?, key, kill))
        };
        (0..EDITS).map_while(write).collect()
    }

    /// The snapshot of the last build has every acknowledged edit.
    fn check_published(&self, acknowledged: &Acknowledged) {
        let snapshot = Snapshot::open_current(self.data.path()).unwrap();
        for (id, key, kill) in &acknowledged.edits {
            let place: PlaceRef = self.place(*kill).parse().unwrap();
            let doc = snapshot.find(place.place).unwrap();
            assert_eq!(snapshot.attribute(doc, key), Some("yes"), "edit {id}");
        }
    }
}

/// The ids of the most important places of a data folder.
fn first_places(data: &Path) -> Vec<String> {
    let snapshot = Snapshot::open_current(data).unwrap();
    let docs = 0..DocId::try_from(PLACES.min(snapshot.len())).unwrap();
    docs.map(|doc| snapshot.place(doc).id.to_string()).collect()
}

/// Reports one address after the other until the server is gone.
fn report_until_refused(address: &str, name: &str, kill: u64) -> Vec<(i64, String)> {
    let report = |number| report(address, &format!("{name} {number}"), kill);
    (0_u32..).map_while(report).collect()
}

/// Reports an address; `None` when it was not acknowledged to the end.
fn report(address: &str, name: &str, kill: u64) -> Option<(i64, String)> {
    // Kilometres apart: each is compared with those around it.
    let lat = 40.0 + 0.1 * kill as f64;
    let body = json!({"text": format!("вул. {name}"), "lat": lat, "lon": 28.83, "contact": "x@example.org"});
    let answer = try_http(address, "POST /v1/address-reports", JSON, &body.to_string());
    let (_, _, answer) = answer.filter(|(status, ..)| *status == 201)?;
    // The kill may cut an answer off behind its first line.
    let answer: Value = serde_json::from_str(&answer).ok()?;
    Some((
        answer["id"].as_i64()?,
        answer["secret"].as_str()?.to_owned(),
    ))
}

async fn is_partly_settled(url: &str, settled: &[(i64, EditState)]) -> bool {
    let base = Base::open(url).unwrap();
    let mut open = 0;
    for (id, _) in settled {
        open += u64::from(base.edit(*id).await.unwrap().state == EditState::Approved);
    }
    // Each round has so many: all of them are settled by a build, or none.
    open % SETTLED != 0
}

/// Every edit that a build settles ended as it has to, and only once.
async fn check_settled(url: &str, settled: &[(i64, EditState)]) {
    let base = Base::open(url).unwrap();
    for (id, state) in settled {
        assert_eq!(base.edit(*id).await.unwrap().state, *state, "edit {id}");
        let journal = base.journal(Subject::Edit(*id)).await.unwrap();
        let states: Vec<&str> = journal.iter().map(|e| e.to.as_str()).collect();
        assert_eq!(states, ["approved", state.as_str()], "edit {id}");
    }
}

/// Everything acknowledged opens, and every report, case and edit has its entry in a journal without gaps.
async fn check_whole(url: &str, acknowledged: &Acknowledged) {
    let base = Base::open(url).expect("a base's URL");
    for (id, secret) in &acknowledged.reports {
        let report = base.report_by_secret(*id, secret).await;
        assert!(report.is_ok(), "report {id} is lost");
    }
    for (id, key, _) in &acknowledged.edits {
        let edit = base.edit(*id).await.unwrap();
        assert_eq!(
            (edit.state, &edit.said.after),
            (EditState::Approved, &json!({ key: "yes" }))
        );
    }
    // The first number is the token's.
    let mut numbers = BTreeSet::from([1]);
    let edits = base.changes_since(0, 100_000).await.expect("changes");
    numbers.extend(edits.iter().map(|change| change.entry.number));
    for case in all_cases(&base).await {
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

async fn all_cases(base: &Base) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    loop {
        let after = cases.last().map(|c| c.id);
        let filter = CaseFilter { state: None, after };
        let page = base.cases(&filter, 1_000).await.expect("cases");
        if page.is_empty() {
            return cases;
        }
        cases.extend(page);
    }
}
