//! `make bench`: the hot functions of a search, one at a time, over queries drawn from a snapshot.
//!
//! The snapshot is built from the bundled extracts, or the live one of `KUDY_BENCH_DATA`. Each figure is the time of one
//! call for one query, averaged over the queries of a kind.

use anyhow::{Context, Result};
use criterion::Criterion;
use geodata::snapshot::Snapshot;
use indexer::pipeline::run_build;
use indexer::progress::Progress;
use server::geocodejson::render_collection;
use server::search::stages::Stages;
use server::search::{RankWeights, SearchQuery, View, search_view, warm_up};
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tests::{Mix, MixKind, MixQuery, extract, plan};

/// The servers' own: a measurement with another allocator would be one of another program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The seed of the queries.
const SEED: u64 = 1;
/// Queries of each kind, asked in turn.
const QUERIES: usize = 128;

/// One stage, as a function that says how much came out.
type Stage = for<'a, 'b> fn(&'a Stages<'b>) -> usize;

const STAGES: [(&str, Stage); 7] = [
    ("read", |s| s.read()),
    ("spell", |s| s.spell()),
    ("plan", |s| s.plan()),
    ("candidates", |s| s.candidates()),
    ("rate", |s| s.rate()),
    ("house", |s| s.house()),
    ("label", |s| s.label()),
];

fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let snapshot = match std::env::var_os("KUDY_BENCH_DATA") {
        Some(data) => Snapshot::open_current(Path::new(&data))?,
        None => bundled(folder.path())?,
    };
    let (snapshot, weights) = (Arc::new(snapshot), RankWeights::default());
    let view = View::of(Arc::clone(&snapshot));
    warm_up(&snapshot, &weights);
    let mut mix = Mix::over(&snapshot, SEED).context("the snapshot has no house")?;
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    for (kind, _) in MixKind::SHARES {
        let queries: Vec<MixQuery> = (0..QUERIES).map(|_| mix.draw_one(kind)).collect();
        measure_texts(&mut criterion, kind, &queries);
        measure_stages(&mut criterion, (&snapshot, &weights), kind, &queries);
        measure_whole(&mut criterion, (&view, &weights), kind, &queries);
    }
    criterion.final_summary();
    Ok(())
}

fn bundled(data: &Path) -> Result<Snapshot> {
    let extracts = ["chisinau-bbbike", "ladyzhyn", "mykolaiv-streets"].map(extract);
    run_build(&plan(data, extracts.to_vec()), Progress::silent())?;
    Ok(Snapshot::open_current(data)?)
}

/// What needs no snapshot.
fn measure_texts(criterion: &mut Criterion, kind: MixKind, queries: &[MixQuery]) {
    let texts: Vec<&str> = queries.iter().map(|q| q.text.as_str()).collect();
    in_turn(criterion, ("fold", kind), &texts, |text| {
        synonyms::fold(text).len()
    });
    in_turn(criterion, ("tokenize", kind), &texts, |text| {
        synonyms::tokenize(text).len()
    });
}

fn measure_stages(
    criterion: &mut Criterion,
    (snapshot, weights): (&Snapshot, &RankWeights),
    kind: MixKind,
    queries: &[MixQuery],
) {
    let prepare = match kind {
        MixKind::Slip => Stages::with_slips,
        _ => Stages::as_typed,
    };
    let queries = queries.iter().map(typed);
    let prepared: Vec<Stages<'_>> = queries.map(|q| prepare(snapshot, weights, q)).collect();
    for (name, stage) in STAGES {
        if name != "house" || kind != MixKind::Beginning {
            in_turn(criterion, (name, kind), &prepared, |s| stage(s));
        }
    }
}

/// A search from text to results, and from text to the answer's shape.
fn measure_whole(
    criterion: &mut Criterion,
    (view, weights): (&View, &RankWeights),
    kind: MixKind,
    queries: &[MixQuery],
) {
    let queries: Vec<SearchQuery> = queries.iter().map(typed).collect();
    let render = |query: &SearchQuery| {
        let answer = search_view(view, weights, query);
        render_collection(view, query, answer.results)
            .features
            .len()
    };
    in_turn(criterion, ("search", kind), &queries, |query| {
        search_view(view, weights, query).results.len()
    });
    in_turn(criterion, ("search + render", kind), &queries, render);
}

fn typed(query: &MixQuery) -> SearchQuery {
    SearchQuery::typed(&query.text, Some(query.focus))
}

/// Measures a function over inputs in turn.
fn in_turn<T>(
    criterion: &mut Criterion,
    (name, kind): (&str, MixKind),
    inputs: &[T],
    work: impl Fn(&T) -> usize,
) {
    let mut turn = inputs.iter().cycle();
    criterion.bench_function(&format!("{name}/{}", kind.as_str()), |bencher| {
        bencher.iter(|| turn.next().map(|input| work(black_box(input))));
    });
}
