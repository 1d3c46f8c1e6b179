//! The golden relevance set over the bundled extracts.

use std::path::Path;
use tests::{Case, Expect, TestApp, extract, read_cases};

/// Whether the answer of a case is right; else what came instead.
fn judge(app: &TestApp, case: &Case) -> Result<(), String> {
    let reply = app.autocomplete(&case.query, case.focus);
    assert_eq!(reply.status, 200, "{}: {:?}", case.at, reply.body);
    let (labels, osm, states) = (reply.all("label"), reply.all("osm"), reply.all("match"));
    let fits = |n: usize| match &case.expect {
        Expect::Osm(ids) => ids.contains(&osm[n]),
        Expect::Label(label) => labels[n] == *label,
        Expect::LabelStart(start) => labels[n].starts_with(start),
        Expect::Nothing => false,
    };
    let right = match &case.expect {
        Expect::Nothing => labels.is_empty(),
        _ => (0..labels.len().min(case.rank))
            .any(|n| fits(n) && case.state.as_ref().is_none_or(|s| *s == states[n])),
    };
    let shown: Vec<String> = (0..labels.len().min(3))
        .map(|n| format!("{} [{} {}]", labels[n], osm[n], states[n]))
        .collect();
    if right { Ok(()) } else { Err(shown.join("; ")) }
}

#[test]
fn every_golden_case_holds() {
    let extracts = ["chisinau-bbbike", "ladyzhyn", "mykolaiv-streets"].map(extract);
    let app = TestApp::from_extracts(&extracts);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "tsv"));
    files.sort();
    let cases: Vec<Case> = files.iter().flat_map(|f| read_cases(f).unwrap()).collect();
    assert!(cases.len() >= 150, "only {} cases were found", cases.len());
    let mut failed = Vec::new();
    for case in &cases {
        if let Err(got) = judge(&app, case) {
            failed.push(format!(
                "{}: «{}» {:?} within {} ({}); got {got}",
                case.at, case.query, case.expect, case.rank, case.why
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
