//! The nightly run, and what happens when anything is killed at any moment.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail with the test")]

use geodata::snapshot::Snapshot;
use indexer::clock;
use serde_json::Value;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;
use tests::{
    MapFixture, Output, ServerProcess, extract, http_get, kill_indexer_after, run_indexer,
    watch_indexer,
};

const GRID: &str = "\
a b c d e
. . . . .
f g h i j";

/// A town with so many houses.
fn town(houses: usize) -> MapFixture {
    let mut objects =
        "n100 a place=city | name=Дубове\nw1 a-b-c highway=residential | name=вулиця Лісова"
            .to_owned();
    for n in 0..houses {
        objects.push_str(&format!(
            "\nn{} b addr:housenumber={} | addr:street=вулиця Лісова",
            1000 + n,
            n + 1
        ));
    }
    MapFixture::draw((30.0, 50.0), GRID, &objects)
}

struct Night {
    folder: TempDir,
}

impl Night {
    fn new() -> Night {
        let night = Night {
            folder: tempfile::tempdir().unwrap(),
        };
        std::fs::create_dir(night.sources()).unwrap();
        std::fs::create_dir(night.data()).unwrap();
        night
    }

    fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }

    fn sources(&self) -> std::path::PathBuf {
        self.folder.path().join("sources")
    }

    fn put(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.sources().join(name), content).unwrap();
    }

    fn extract(&self, map: &MapFixture) {
        self.put("town.osm.pbf", std::fs::read(map.path()).unwrap());
    }

    fn run(&self, more: &[&str]) -> Output {
        // Snapshots are named by the second.
        std::thread::sleep(Duration::from_millis(1_050));
        run_indexer(&self.arguments(more))
    }

    fn arguments(&self, more: &[&str]) -> Vec<String> {
        let (data, sources) = (self.data(), self.sources());
        let mut arguments = vec![
            "nightly".to_owned(),
            "--data".to_owned(),
            data.display().to_string(),
        ];
        arguments.extend(["--sources".to_owned(), sources.display().to_string()]);
        arguments.extend(more.iter().map(|a| (*a).to_owned()));
        arguments
    }

    fn journal(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.data().join("nightly/journal.jsonl")).unwrap();
        text.lines()
            .map(|l| serde_json::from_str(l).unwrap())
            .collect()
    }

    fn outcomes(&self) -> Vec<String> {
        let journal = self.journal();
        journal
            .iter()
            .map(|e| e["outcome"].as_str().unwrap().to_owned())
            .collect()
    }

    fn live(&self) -> String {
        indexer::snapshots::live_name(&self.data()).unwrap()
    }
}

#[test]
fn a_night_publishes_and_tells_what_changed() {
    let night = Night::new();
    night.extract(&town(10));
    night.put("README", "not read");
    let first = night.run(&[]);
    assert_eq!(first.code, 0, "{}", first.stderr);
    night.extract(&town(11));
    let second = night.run(&[]);
    assert_eq!(second.code, 0, "{}", second.stderr);
    assert!(
        second.stdout.contains("| house | 10 | 11 | 10 | 1 | 0 |"),
        "{}",
        second.stdout
    );
    assert!(
        second.stdout.contains("not read: README"),
        "{}",
        second.stdout
    );
    assert_eq!(
        night.outcomes(),
        ["started", "published", "started", "published"]
    );
    let reports = std::fs::read_dir(night.data().join("nightly")).unwrap();
    let mut endings: Vec<String> = reports
        .map(|e| {
            e.unwrap()
                .path()
                .extension()
                .unwrap()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    endings.sort();
    assert_eq!(endings, ["json", "json", "jsonl", "md", "md"]);
}

#[test]
fn the_report_names_what_changed() {
    let draw = |objects: &str| MapFixture::draw((30.0, 50.0), GRID, objects);
    let town = "n100 a place=city | name=Дубове\nn9 f amenity=cafe | name=Кобзар";
    let lasting = "w1 a-b-c highway=residential | name=вулиця Лісова\nn1 b addr:housenumber=1 | addr:street=вулиця Лісова";
    let night = Night::new();
    night.extract(&draw(&format!(
        "{town}\n{lasting}\nw2 f-g highway=residential | name=вулиця Стара\nn3 d shop=kiosk | name=Ятка\nn4 h shop=books | name=Є"
    )));
    let first = night.run(&[]);
    assert_eq!(first.code, 0, "{}", first.stderr);
    assert!(
        first.stdout.contains("## Changes\n\nNothing."),
        "{}",
        first.stdout
    );
    night.extract(&draw(&format!(
        "{town}\n{lasting}\nn2 c addr:housenumber=3 | addr:street=вулиця Лісова\nw2 f-g highway=residential | name=вулиця Нова\nn4 j shop=books | name=Є\nn5 e shop=bakery | name=Хліб"
    )));
    let second = night.run(&[]);
    assert_eq!(second.code, 0, "{}", second.stderr);
    let changes = second
        .stdout
        .split("## ")
        .find(|s| s.starts_with("Changes"))
        .unwrap();
    for said in [
        "- street, renamed: 1\n  - вулиця Стара → вулиця Нова",
        "- street, houses: 1\n  - вулиця Лісова",
        ": 1 → 2\n",
        "- poi, new: 1\n  - Хліб",
        "- poi, gone: 1\n  - Ятка",
        "- poi, moved: 1\n  - Є",
    ] {
        assert!(changes.contains(said), "{said}\n{changes}");
    }
    assert!(!changes.contains("Кобзар"), "{changes}");
}

#[test]
fn the_gate_stops_a_loss_and_force_leaves_a_trace() {
    let night = Night::new();
    night.extract(&town(300));
    assert_eq!(night.run(&[]).code, 0);
    let before = night.live();
    night.extract(&town(200));
    let stopped = night.run(&[]);
    assert_eq!(stopped.code, 1);
    for said in [
        "house: 200 places, 300 before: 33.3 % fewer, at most 2.0 %",
        "--to ",
    ] {
        assert!(stopped.stderr.contains(said), "{}", stopped.stderr);
    }
    assert_eq!(night.live(), before);
    // Other limits are a matter of configuration, and configuration is checked.
    std::fs::write(night.data().join("nightly.toml"), "[gate]\nmax_los = 0.5").unwrap();
    let wrong = night.run(&[]);
    assert!(
        wrong.code == 1 && wrong.stderr.contains("max_los"),
        "{}",
        wrong.stderr
    );
    std::fs::write(night.data().join("nightly.toml"), "[gate]\nmax_loss = 0.5").unwrap();
    let still = night.run(&[]);
    assert!(
        still.code == 1 && still.stderr.contains("100 of 300 ids retired"),
        "{}",
        still.stderr
    );
    let forced = night.run(&["--force"]);
    assert_eq!(forced.code, 0, "{}", forced.stderr);
    assert_ne!(night.live(), before);
    let last = night.journal().pop().unwrap();
    assert_eq!(last["forced"], true);
    assert!(
        last["findings"][0]
            .as_str()
            .unwrap()
            .contains("ids retired"),
        "{last}"
    );
}

#[test]
fn the_gate_asks_golden_questions() {
    let night = Night::new();
    night.extract(&town(10));
    night.put("golden-town.tsv", "query\tfocus\texpect\trank\twhy\nлісова 3\t-\t^вулиця Лісова 3\t1\ta house\nлісова 44\t-\t^вулиця Лісова 44\t1\tnot there\n");
    let first = night.run(&[]);
    assert_eq!(first.code, 0, "{}", first.stderr);
    night.extract(&town(2));
    let stopped = night.run(&[]);
    assert_eq!(stopped.code, 1, "{}", stopped.stdout);
    assert!(
        stopped
            .stderr
            .contains("1 questions that held before fail, at most 0 may: «лісова 3»"),
        "{}",
        stopped.stderr
    );
    night.put("golden-town.tsv", "no case");
    let wrong = night.run(&[]);
    assert!(
        wrong.code == 1 && wrong.stderr.contains("golden-town"),
        "{}",
        wrong.stderr
    );
    assert_eq!(night.outcomes().last().unwrap(), "failed");
}

#[test]
fn a_night_that_cannot_begin_says_why() {
    let night = Night::new();
    let none = night.run(&[]);
    assert!(
        none.code == 1 && none.stderr.contains("no extract"),
        "{}",
        none.stderr
    );
    night.put("town.osm.pbf", "no extract");
    let broken = night.run(&[]);
    assert!(
        broken.code == 1 && broken.stderr.contains("town.osm.pbf"),
        "{}",
        broken.stderr
    );
    assert_eq!(night.outcomes(), ["started", "failed", "started", "failed"]);
    assert_eq!(night.run(&["--at", "25:00"]).code, 2);
}

/// Takes up to a minute: that is how exact the time of day is.
#[test]
fn who_waits_for_the_time_of_day_runs_the_night_and_waits_for_the_next() {
    let night = Night::new();
    night.extract(&town(3));
    // The next minute that has not begun when the program looks at the clock.
    let minute = (clock::now().unix_timestamp() + 5) / 60 + 1;
    let at = format!("{:02}:{:02}", minute / 60 % 24, minute % 60);
    let mut waits = 0;
    let lines = watch_indexer(&night.arguments(&["--at", &at]), |line| {
        waits += usize::from(line.starts_with("next run in "));
        waits == 2
    });
    assert!(lines[0].starts_with("next run in 0 h "), "{lines:#?}");
    assert!(
        lines.iter().any(|l| l.contains("| house | 0 | 3 |")),
        "{lines:#?}"
    );
    assert!(
        lines.last().unwrap().starts_with("next run in 23 h "),
        "{lines:#?}"
    );
    assert_eq!(night.outcomes(), ["started", "published"]);
}

/// Names of everything in a data folder that is of no use.
fn garbage(data: &Path) -> Vec<String> {
    let names = |folder: &Path| -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        entries
            .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
            .collect()
    };
    let all = [
        data.to_owned(),
        data.join("snapshots"),
        data.join("sources"),
    ];
    let all = all.iter().flat_map(|folder| names(folder));
    all.filter(|name| name.starts_with('.')).collect()
}

/// The n-th of builds, updates and nights in turn.
fn command(night: &Night, n: u32) -> Vec<String> {
    let text = |path: &Path| path.display().to_string();
    let words = match n % 3 {
        0 => [
            "build".to_owned(),
            "--osm".to_owned(),
            text(&extract("chisinau-tiny")),
        ],
        1 => [
            "update".to_owned(),
            "--osc".to_owned(),
            text(&diff(night, n)),
        ],
        _ => [
            "nightly".to_owned(),
            "--sources".to_owned(),
            text(&night.sources()),
        ],
    };
    let force = (n % 3 == 2).then(|| "--force".to_owned());
    let data = ["--data".to_owned(), text(&night.data())];
    words.into_iter().chain(force).chain(data).collect()
}

/// A day's diff: a bar opens. Every day has the same file name.
fn diff(night: &Night, n: u32) -> std::path::PathBuf {
    let path = night.folder.path().join("day.osc");
    let id = 4_000_000_000 + n;
    let node = format!(
        "<node id='{id}' version='1' lat='47.02' lon='28.83'><tag k='amenity' v='bar'/></node>"
    );
    let text = format!("<osmChange><create>{node}</create></osmChange>");
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn killed_at_any_moment_nothing_is_lost_and_the_next_run_succeeds() {
    let night = Night::new();
    let map = std::fs::read(extract("chisinau-tiny")).unwrap();
    night.put("town.osm.pbf", map);
    let timed = std::time::Instant::now();
    let first = run_indexer(&command(&night, 0));
    assert_eq!(first.code, 0, "{}", first.stderr);
    let whole = timed.elapsed();
    let server = ServerProcess::start(&night.data());
    // Moments are drawn from a fixed sequence, over a little more than a run takes.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    for n in 0..30 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let moment = whole.mul_f64((state >> 40) as f64 / f64::from(1 << 24) * 1.2);
        kill_indexer_after(&command(&night, n), moment);
        let answer = http_get(&server.address, "/v1/autocomplete?q=str");
        assert_eq!(answer.0, 200);
        Snapshot::open_current(&night.data()).expect("the live snapshot is whole");
        let next = run_indexer(&command(&night, n + 3));
        assert_eq!(
            next.code, 0,
            "after {n}, killed at {moment:?}: {}",
            next.stderr
        );
        assert_eq!(garbage(&night.data()), Vec::<String>::new(), "after {n}");
    }
    let outcomes = night.outcomes();
    assert!(
        outcomes.iter().filter(|o| *o == "published").count() >= 10,
        "{outcomes:?}"
    );
}
