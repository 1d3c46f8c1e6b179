//! The golden relevance set over the bundled extracts.

use server::eval::{Case, judge, read_suite};
use server::search::RankWeights;
use std::path::Path;
use tests::{TestApp, extract};

#[test]
fn every_golden_case_holds() {
    let extracts = ["chisinau-bbbike", "ladyzhyn", "mykolaiv-streets"].map(extract);
    let app = TestApp::from_extracts(&extracts);
    let (snapshot, weights) = (app.snapshot(), RankWeights::default());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "tsv"));
    files.sort();
    let cases: Vec<Case> = files.iter().flat_map(|f| read_suite(f).unwrap()).collect();
    assert!(cases.len() >= 400, "only {} cases were found", cases.len());
    let mut failed = Vec::new();
    for case in &cases {
        let verdict = judge(&snapshot, &weights, case);
        if !verdict.holds(case) {
            failed.push(format!(
                "{}: «{}» {} within {} ({}); got {}",
                case.at,
                case.query,
                case.expected(),
                case.rank,
                case.why,
                verdict.shown.join("; ")
            ));
        }
    }
    println!(
        "golden: {} of {} cases hold",
        cases.len() - failed.len(),
        cases.len()
    );
    assert!(
        failed.is_empty(),
        "{} cases failed:\n{}",
        failed.len(),
        failed.join("\n")
    );
}
