//! No text makes the search panic or work without end: random letters, real words torn apart, and what attackers type.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot build its data has failed"
)]

use geodata::LonLat;
use geodata::snapshot::Snapshot;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use server::search::{
    MAX_QUERY_CHARS, MAX_RATED, MAX_STEPS, RankWeights, SearchQuery, Work, search,
};
use tests::{TestApp, extract};

/// Texts that are tried, the same ones in every run.
const TEXTS: u32 = 10_000;

/// Words that lead into every corner of the reader: status words, units, numbers, categories, separators, scripts.
fn piece() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "вулиця",
        "пр-т",
        "str.",
        "strada",
        "12",
        "12/3",
        "12А",
        "3-го",
        "корп.",
        "під'їзд",
        "кв",
        "ріг",
        "та",
        "/",
        "&",
        "біля",
        "аптека",
        "near me",
        "Кишинев",
        "Ладижин",
        "пушкин",
        "geirby",
        "Ștefan",
        "1",
        "9999999999",
        "½",
        "№",
        "«",
        "''",
        "\u{200f}",
        "\u{301}",
        "ﷺ",
        "İ",
        "ß",
        "ﬁ",
        "ъъъ",
        "щщщщ",
        "zzzz",
        ",,,",
        "-",
        "--",
        ".",
        "м.",
        "с.",
    ]);
    prop_oneof![
        4 => known.prop_map(str::to_owned),
        2 => "[а-яіїєґ]{1,12}",
        2 => "[a-z]{1,12}",
        1 => "\\PC{0,8}",
        1 => "[0-9/\\-к]{1,8}",
        1 => "(.)\\PC{0,3}".prop_map(|s| s.repeat(20)),
    ]
}

fn text() -> impl Strategy<Value = String> {
    let joined = prop::collection::vec(
        (piece(), prop::sample::select(vec![" ", "", ", ", "/", "-"])),
        1..14,
    );
    joined.prop_map(|pieces| {
        let text: String = pieces
            .into_iter()
            .flat_map(|(word, gap)| [word, gap.to_owned()])
            .collect();
        text.chars().take(MAX_QUERY_CHARS).collect()
    })
}

fn ask(snapshot: &Snapshot, text: &str, typing: bool) -> Work {
    let query = SearchQuery {
        typing,
        ..SearchQuery::typed(text, Some(LonLat::new(28.83, 47.02).unwrap()))
    };
    search(snapshot, &RankWeights::default(), &query).work
}

#[test]
fn no_text_panics_or_works_without_end() {
    let app = TestApp::from_extracts(&["chisinau-bbbike", "ladyzhyn"].map(extract));
    let snapshot = app.snapshot();
    let mut most = Work::default();
    let config = Config {
        cases: TEXTS,
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let asked =
        TestRunner::new_with_rng(config, rng).run(&(text(), any::<bool>()), |(text, typing)| {
            let work = ask(&snapshot, &text, typing);
            prop_assert!(
                work.steps < MAX_STEPS && work.rated < MAX_RATED,
                "{:?}",
                work
            );
            Ok(())
        });
    asked.unwrap();
    for text in [
        "а".repeat(200),
        "а б ".repeat(50),
        "1/".repeat(100),
        "та ".repeat(66),
        "str strada ".repeat(18),
    ] {
        let work = ask(&snapshot, &text, true);
        most = Work {
            steps: most.steps.max(work.steps),
            rated: most.rated.max(work.rated),
        };
    }
    assert!(most.steps < MAX_STEPS && most.rated < MAX_RATED, "{most:?}");
}
