//! `make bench-edits`: how long an approved edit takes to be searchable while others search.
//!
//! The built server serves a data folder with an empty base of its own. Some connections search all the time, each asking
//! as soon as it is answered; meanwhile one house after the other is added, and searched for until it is found. The time
//! runs from the first byte of the edit to the last of the answer that has the house.

/// A connection that is kept.
mod connection;
/// Those who search meanwhile.
mod load;
/// The table as Markdown.
mod report;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use connection::Connection;
use geodata::base::{Base, NewToken, Role};
use geodata::snapshot::{DocId, Snapshot};
use geodata::{Layer, LonLat};
use load::Load;
use report::{Edited, Report};
use serde_json::{Value, json};
use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tests::{Machine, NOW_MS, ServerProcess, append_report, block_on, encode, secret_of};

/// An edit that is not found by then is a failure.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long it is waited between two looks.
const PAUSE: Duration = Duration::from_millis(5);
/// The first of the new house numbers: no street has it.
const FIRST_NUMBER: usize = 7_000;
/// How long the load runs before the first edit.
const WARM_UP: Duration = Duration::from_secs(2);

/// Measures from edits to searches that find them.
#[derive(Parser)]
pub(crate) struct Args {
    /// A data folder with a live snapshot; nothing in it is changed.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// How many edits.
    #[arg(long, value_name = "N", default_value_t = 500)]
    edits: usize,
    /// How many connections search meanwhile.
    #[arg(long, value_name = "N", default_value_t = 16)]
    connections: usize,
    /// What the snapshot is called in the report.
    #[arg(long, value_name = "TEXT", default_value = "a snapshot")]
    name: String,
    /// Also append the report to this file as Markdown.
    #[arg(long, value_name = "FILE.md")]
    append: Option<PathBuf>,
    /// Given by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<()> {
    let args = &Args::parse();
    let machine = Machine::describe()?;
    let snapshot = Snapshot::open_current(&args.data)?;
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let base = format!("sqlite:{}", folder.path().join("kudy.db").display());
    let secret = block_on(make_token(&base))?;
    let options = ["--base", base.as_str(), "--write-rate", "off"];
    let server = ServerProcess::start_with(&args.data, &options);
    let load = Load::start(&server.address, &snapshot, args.connections)?;
    std::thread::sleep(WARM_UP);
    let mut editor = Connection::open(&server.address)?;
    let streets = streets(&snapshot);
    ensure!(!streets.is_empty(), "the snapshot has no street");
    let mut edited = Edited::default();
    for n in 0..args.edits {
        let street = &streets[n * 7_919 % streets.len()];
        edit(
            &mut editor,
            (street, FIRST_NUMBER + n),
            &secret,
            &mut edited,
        )?;
    }
    let resident_mb = server.resident_mb();
    let report = Report {
        machine,
        edited,
        searched: load.stop()?,
        resident_mb,
    };
    let markdown = report.markdown(&args.name, args.connections);
    write!(std::io::stdout(), "{markdown}")?;
    args.append
        .as_ref()
        .map_or(Ok(()), |path| append_report(path, &markdown))
}

async fn make_token(base: &str) -> Result<String> {
    let secret = secret_of("bench");
    let token = NewToken {
        name: "bench",
        role: Role::Reviewer,
        secret: &secret,
        expires_ms: None,
    };
    Base::open(base)?.create_token(&token, None, NOW_MS).await?;
    Ok(secret)
}

/// A street that gets a house.
struct Street {
    id: String,
    name: String,
    point: LonLat,
}

fn streets(snapshot: &Snapshot) -> Vec<Street> {
    let docs = 0..DocId::try_from(snapshot.len()).unwrap_or(DocId::MAX);
    let streets = docs
        .filter(|doc| snapshot.layer(*doc) == Layer::Street && !snapshot.houses(*doc).is_empty());
    let street = |doc| Street {
        id: snapshot.place(doc).id.to_string(),
        name: snapshot.name_in(doc, &[]).to_owned(),
        point: snapshot.place(doc).point,
    };
    streets.map(street).collect()
}

/// Adds a house and searches until it is found.
fn edit(
    connection: &mut Connection,
    (street, number): (&Street, usize),
    secret: &str,
    edited: &mut Edited,
) -> Result<()> {
    let number = number.to_string();
    let at = [street.point.lon(), street.point.lat()];
    let body = json!({ "operation": "create_houses", "target": street.id, "state": "approved",
        "after": { "houses": [{ "housenumber": number, "position": at }] } });
    let headers = format!("Content-Type: application/json\r\nAuthorization: Bearer {secret}\r\n");
    let path = format!(
        "/v1/search?q={}&lat={}&lon={}&limit=5",
        encode(&format!("{} {number}", street.name)),
        at[1],
        at[0]
    );
    let began = Instant::now();
    let (status, answer) = connection.ask("POST /v1/edits", &headers, &body.to_string())?;
    ensure!(
        status == 201,
        "an edit was answered with status {status}: {answer}"
    );
    edited.acknowledged.push(began.elapsed());
    loop {
        let (status, answer) = connection.ask(&format!("GET {path}"), "", "")?;
        ensure!(status == 200, "`{path}` was answered with status {status}");
        if finds(&answer, &street.id, &number) {
            edited.searchable.push(began.elapsed());
            return Ok(());
        }
        ensure!(
            began.elapsed() < PATIENCE,
            "`{path}` does not find the new house"
        );
        std::thread::sleep(PAUSE);
    }
}

fn finds(answer: &str, street: &str, number: &str) -> bool {
    let answer: Value = serde_json::from_str(answer).unwrap_or_default();
    let found = answer["features"].as_array().into_iter().flatten();
    let mut found = found.map(|f| &f["properties"]);
    found.any(|p| {
        p["housenumber"] == json!(number)
            && p["id"].as_str().is_some_and(|id| id.starts_with(street))
    })
}
