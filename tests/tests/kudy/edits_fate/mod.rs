//! What becomes of hundreds of edits, of every operation, when mappers have been at work too: compared with a plain
//! re-computation that knows nothing of the merge.
//!
//! A map is built as it was and as it is after a diff, both without edits. Cartographers then edit the first at random,
//! half of the time what the diff touches. The [`rule`] says from the two lists what has to become of each edit and what
//! has to be known of every place and house afterwards; the nightly run over the edited base must come to the same, and
//! once more the night after. `make fate` does so over any extract and diff.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot build its data has failed, and a long run says what it did"
)]

/// Random edits.
mod cartographers;
/// A random diff.
mod mappers;
/// The independent reference.
mod rule;
/// Everything a snapshot knows, as plain lists.
mod world;

use cartographers::{Cartographers, Case};
use geodata::base::{Added, Base, EditFilter, EditState, NewEdit, NewToken, Role};
use geodata::edits::Edit;
use geodata::snapshot::Snapshot;
use indexer::pipeline::{BuildPlan, run_build};
use indexer::progress::Progress;
use indexer::snapshots;
use rule::Maps;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tests::{NOW_MS, block_on, extract, plan, secret_of};
use world::World;

/// Edits, unless `KUDY_FATE_EDITS` says otherwise.
const EDITS: usize = 1_000;
/// What the random numbers begin with, unless `KUDY_FATE_SEED` says otherwise.
const SEED: u64 = 7;

/// What the map is, and what mappers make of it.
struct Sources {
    osm: PathBuf,
    osc: PathBuf,
    edits: usize,
    seed: u64,
}

impl Sources {
    /// The files of the environment, or a bundled extract with random changes.
    fn of(folder: &Path) -> Sources {
        let given = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty());
        let edits = given("KUDY_FATE_EDITS").map(|n| n.to_str().unwrap().parse().unwrap());
        let edits = edits.unwrap_or(EDITS);
        let seed = given("KUDY_FATE_SEED").map(|n| n.to_str().unwrap().parse().unwrap());
        let seed: u64 = seed.unwrap_or(SEED);
        if let (Some(osm), Some(osc)) = (given("KUDY_FATE_PBF"), given("KUDY_FATE_OSC")) {
            return Sources {
                osm: osm.into(),
                osc: osc.into(),
                edits,
                seed,
            };
        }
        let (osm, osc) = (extract("chisinau-bbbike"), folder.join("mappers.osc"));
        std::fs::write(&osc, mappers::work(&osm, &mut { seed })).unwrap();
        Sources {
            osm,
            osc,
            edits,
            seed,
        }
    }

    fn before(&self, data: &Path) -> BuildPlan {
        plan(data, vec![self.osm.clone()])
    }

    fn after(&self, data: &Path) -> BuildPlan {
        BuildPlan {
            osc: vec![self.osc.clone()],
            ..self.before(data)
        }
    }
}

fn build(plan: &BuildPlan) -> Snapshot {
    run_build(plan, Progress::silent()).unwrap();
    Snapshot::open_current(&plan.data).unwrap()
}

#[test]
fn every_edit_ends_as_the_plain_rule_says() {
    let folder = tempfile::tempdir().unwrap();
    let (data, sources) = (folder.path().join("data"), Sources::of(folder.path()));
    std::fs::create_dir(&data).unwrap();
    let before = build(&sources.before(&data));
    let was = World::of(&before);
    let map = World::of(&build(&sources.after(&data)));
    // The edits are of the time before the diff.
    snapshots::rollback(&data, Some(&before.manifest().name)).unwrap();
    let cases = Cartographers::new(&was, &map, sources.seed).edits(sources.edits);
    let url = format!("sqlite:{}", data.join("kudy.db").display());
    let added = block_on(store(&url, &cases));
    let (fates, expected) = expect(
        &cases,
        &added,
        &Maps {
            was: &was,
            is: &map,
        },
    );
    tell(&cases, &fates);
    for night in 1..=2 {
        let counts = run_build(&sources.after(&data), Progress::silent())
            .unwrap()
            .edits
            .unwrap();
        assert_eq!(counts.unreadable, 0);
        let states = block_on(states(&url));
        assert_eq!(states.len(), cases.len());
        let mut wrong = Vec::new();
        for ((case, added), fate) in cases.iter().zip(&added).zip(&fates) {
            if states[&added.id] != *fate {
                wrong.push(format!(
                    "edit {} is {}, expected {fate}: {case:?}",
                    added.id, states[&added.id]
                ));
            }
        }
        assert!(
            wrong.is_empty(),
            "night {night}: {}: {:#?}",
            wrong.len(),
            wrong
        );
        compare(
            &World::of(&Snapshot::open_current(&data).unwrap()),
            &expected,
            night,
        );
    }
}

async fn store(url: &str, cases: &[Case]) -> Vec<Added> {
    let base = Base::open(url).unwrap();
    let secret = secret_of("all");
    let token = NewToken {
        name: "all",
        role: Role::Reviewer,
        secret: &secret,
        expires_ms: None,
    };
    let author = base.create_token(&token, None, NOW_MS).await.unwrap();
    let edits: Vec<NewEdit> = cases.iter().map(|c| c.edit(author)).collect();
    base.add_edits(&edits, EditState::Approved, NOW_MS)
        .await
        .unwrap()
}

async fn states(url: &str) -> BTreeMap<i64, EditState> {
    let base = Base::open(url).unwrap();
    let all = base.edits(&EditFilter::default(), 10_000).await.unwrap();
    all.iter().map(|e| (e.id, e.state)).collect()
}

/// What has to become of each edit, and of the world.
fn expect(cases: &[Case], added: &[Added], maps: &Maps) -> (Vec<EditState>, World) {
    let mut world = maps.is.clone();
    let settle = |(case, added): (&Case, &Added)| {
        let target = case.target.map(|t| t.to_string());
        let number = u32::try_from(added.id).unwrap();
        let operation = (case.operation.as_str(), target.as_deref());
        let edit = Edit::read(number, operation, &case.before, &case.after);
        let edit = edit.unwrap_or_else(|e| panic!("{e}: {case:?}"));
        rule::settle(case, &edit, maps, &mut world)
    };
    let fates = cases.iter().zip(added).map(settle).collect();
    (fates, world)
}

/// Says what the edits were, and that each end was met: what never happens is compared with nothing.
fn tell(cases: &[Case], fates: &[EditState]) {
    let mut seen: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut ends: BTreeMap<&str, usize> = BTreeMap::new();
    for (case, fate) in cases.iter().zip(fates) {
        *seen
            .entry((case.operation.as_str(), fate.as_str()))
            .or_default() += 1;
        *ends.entry(fate.as_str()).or_default() += 1;
    }
    let touched = cases.iter().filter(|c| c.touched).count();
    println!(
        "{} edits, {touched} of what the diff touches: {ends:?}\n{seen:#?}",
        cases.len()
    );
    assert!(
        ends.len() == 3 && ends.values().all(|n| *n > 10),
        "{ends:?}"
    );
}

/// The whole world, also what nobody edited.
#[track_caller]
fn compare(found: &World, expected: &World, night: usize) {
    let mut wrong = Vec::new();
    for id in found.places.keys().chain(expected.places.keys()) {
        let (is, wanted) = (found.places.get(id), expected.places.get(id));
        if is.map(|p| p.plain()) != wanted.map(|p| p.plain()) {
            wrong.push(format!("place {id}: is {is:?}, expected {wanted:?}"));
        }
    }
    for source in found.houses.keys().chain(expected.houses.keys()) {
        let (is, wanted) = (found.houses.get(source), expected.houses.get(source));
        if is != wanted {
            wrong.push(format!("house {source}: is {is:?}, expected {wanted:?}"));
        }
    }
    wrong.dedup();
    wrong.truncate(60);
    assert!(wrong.is_empty(), "night {night}: {wrong:#?}");
}
