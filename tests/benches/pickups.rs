//! How good pickup points are over any extract: judged by a second opinion, compared with the nearest road, and with
//! planted spots where there are some.
//!
//!     cargo bench -p tests --bench pickups -- --data DIR --osm FILE.osm.pbf [--truth pickups.jsonl] [--sample 1000]

#![expect(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::print_stdout,
    reason = "a measurement may stop, and prints what it found"
)]

use anyhow::{Context, Result};
use clap::Parser;
use geodata::base::{Base, Spot, SpotFilter};
use geodata::pickup::{
    Given, GivenBy, Guidance, Meeting, PickupAnswer, PickupQuery, SideWish, draw, pickup_points,
};
use geodata::snapshot::{DocId, Snapshot};
use geodata::{Layer, LonLat, PlaceRef, SourceId};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::Instant;
use tests::{PickupJudge, Proposal, Verdict, block_on, places_by_source};

/// The servers' own: a measurement with another allocator would be one of another program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Where the nearest road is farther than this, in metres, no car comes.
const REACH_M: f64 = 300.0;
/// Spots of one place that are taken up.
const MAX_SPOTS: i64 = 20;

#[derive(Parser)]
struct Args {
    /// The data folder with the snapshot.
    #[arg(long)]
    data: PathBuf,
    /// The extract it was built from.
    #[arg(long)]
    osm: PathBuf,
    /// Planted spots: `{"osm": "w1", "kind": "block", "spots": [{"lon": …, "lat": …, "share": …}]}` per line.
    #[arg(long)]
    truth: Option<PathBuf>,
    /// A base with learnt spots, which are asked for as well.
    #[arg(long)]
    base: Option<String>,
    /// Houses with doors, houses without, and POIs that are asked for, of each.
    #[arg(long, default_value_t = 400)]
    sample: usize,
    /// Prints each place whose first point is not good.
    #[arg(long)]
    misses: bool,
    /// Draws every place that is asked for into this folder, and prints it as a golden case.
    #[arg(long)]
    pictures: Option<PathBuf>,
    #[arg(long, hide = true)]
    bench: bool,
}

/// A place that is asked for.
struct Case {
    kind: String,
    id: PlaceRef,
    doc: DocId,
    point: LonLat,
    /// (where, share of the pickups)
    spots: Vec<(LonLat, f64)>,
    learnt: Vec<Spot>,
}

impl Case {
    fn answer(&self, snapshot: &Snapshot) -> PickupAnswer {
        let given = self.learnt.iter().map(|spot| Given {
            by: GivenBy::Learnt(f64::from(spot.share_permille) / 1000.0),
            point: spot.point,
            name: String::new(),
        });
        let query = PickupQuery {
            meeting: Meeting::of(snapshot, self.doc, self.id).unwrap(),
            side: SideWish::Either,
            limit: 5,
            languages: vec!["uk".to_owned()],
        };
        pickup_points(snapshot, &query, |_| Guidance {
            given: given.collect(),
            ..Guidance::default()
        })
    }
}

/// A picture and a line for each place.
fn draw_all(snapshot: &Snapshot, cases: &[Case], folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    let sources: Vec<(SourceId, PlaceRef)> = places_by_source(snapshot)
        .into_iter()
        .map(|(source, (_, id))| (source, id))
        .collect();
    for case in cases {
        let answer = case.answer(snapshot);
        let source = sources
            .iter()
            .filter(|(_, id)| *id == case.id)
            .map(|(s, _)| *s)
            .min();
        let source = source.unwrap_or(SourceId::NONE);
        std::fs::write(folder.join(format!("{source}.svg")), draw(&answer))?;
        let first = answer.points.first().map_or("none".to_owned(), |p| {
            let (lon, lat) = (p.point.lon(), p.point.lat());
            format!("{}\t{}\t{lon}\t{lat}\t{}", p.kind.as_str(), p.way, p.name)
        });
        println!("{}\t{source}\t{first}", case.kind);
    }
    Ok(())
}

#[derive(Default)]
struct Score {
    cases: usize,
    empty: usize,
    unreachable: usize,
    good: usize,
    at_road: usize,
    right_side: usize,
    walkable: usize,
    naive_good: usize,
    /// Metres from the first point to the main planted spot, and the same of the nearest road.
    to_spot: Vec<f64>,
    naive_to_spot: Vec<f64>,
    /// Metres from the first point to the nearest planted spot.
    to_any: Vec<f64>,
    micros: Vec<f64>,
}

impl Score {
    fn count(&mut self, verdict: Verdict, naive: Verdict) {
        self.good += usize::from(verdict.is_good());
        self.at_road += usize::from(verdict.at_road);
        self.right_side += usize::from(verdict.right_side);
        self.walkable += usize::from(verdict.walkable);
        self.naive_good += usize::from(naive.is_good());
    }
}

fn main() -> Result<()> {
    let args = Args::parse();
    let snapshot = Snapshot::open_current(&args.data)?;
    let judge = PickupJudge::read(&args.osm);
    let mut cases = planted(&snapshot, &args)?;
    cases.extend(sampled(&snapshot, args.sample));
    if let Some(url) = &args.base {
        learn(&mut cases, url)?;
    }
    if let Some(folder) = &args.pictures {
        return draw_all(&snapshot, &cases, folder);
    }
    let mut scores: Vec<(String, Score)> = Vec::new();
    for case in cases {
        let at = scores.iter().position(|(kind, _)| *kind == case.kind);
        let row = at.unwrap_or_else(|| {
            scores.push((case.kind.clone(), Score::default()));
            scores.len() - 1
        });
        measure(&snapshot, &judge, &case, (&mut scores[row].1, args.misses));
    }
    println!(
        "| places | n | good | at a road | right side | walkable | none | no road | nearest road: good | median m to the main spot | nearest road | m to any spot | p50 / p99 ms |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|---|");
    let mut all = Score::default();
    for (kind, mut score) in scores {
        print(&kind, &mut score);
        all.cases += score.cases;
        all.empty += score.empty;
        all.unreachable += score.unreachable;
        all.good += score.good;
        all.at_road += score.at_road;
        all.right_side += score.right_side;
        all.walkable += score.walkable;
        all.naive_good += score.naive_good;
        all.to_spot.extend(score.to_spot);
        all.naive_to_spot.extend(score.naive_to_spot);
        all.to_any.extend(score.to_any);
        all.micros.extend(score.micros);
    }
    print("all", &mut all);
    Ok(())
}

fn measure(
    snapshot: &Snapshot,
    judge: &PickupJudge,
    case: &Case,
    (score, misses): (&mut Score, bool),
) {
    let began = Instant::now();
    let answer = case.answer(snapshot);
    score.micros.push(began.elapsed().as_secs_f64() * 1e6);
    score.cases += 1;
    let mut doors = answer.anchors();
    if doors.is_empty() {
        doors.push(case.point);
    }
    let naive = judge.nearest_road(case.point);
    let none = Verdict {
        at_road: false,
        right_side: false,
        walkable: false,
    };
    let naive_verdict = naive.map_or(none, |n| judge.judge(&doors, n));
    let main = case.spots.iter().max_by(|a, b| a.1.total_cmp(&b.1));
    if let Some(((spot, _), naive)) = main.zip(naive) {
        score.naive_to_spot.push(naive.point.distance_m(*spot));
    }
    let Some(first) = answer.points.first() else {
        let reachable = naive.is_some_and(|n| n.point.distance_m(case.point) <= REACH_M);
        if !reachable {
            // No car comes here: nothing to be found, and nothing to be judged.
            score.cases -= 1;
            score.unreachable += 1;
            return;
        }
        score.empty += 1;
        score.naive_good += usize::from(naive_verdict.is_good());
        if misses {
            println!("{} {} {:?}: none", case.kind, case.id, case.point);
        }
        return;
    };
    let proposal = Proposal {
        point: first.point,
        heading_deg: Some(first.heading_deg),
    };
    let verdict = judge.judge(&doors, proposal);
    if misses && !verdict.is_good() {
        println!(
            "{} {} {} {}: {verdict:?} {} {:?}",
            case.kind,
            case.id,
            case.point.lat(),
            case.point.lon(),
            first.name,
            first.why
        );
    }
    score.count(verdict, naive_verdict);
    if let Some((spot, _)) = main {
        score.to_spot.push(first.point.distance_m(*spot));
        let all = case.spots.iter().map(|(s, _)| first.point.distance_m(*s));
        score.to_any.push(all.fold(f64::INFINITY, f64::min));
    }
}

fn print(kind: &str, score: &mut Score) {
    let share = |n: usize| n as f64 / score.cases.max(1) as f64;
    let text = format!(
        "| {kind} | {} | {:.3} | {:.3} | {:.3} | {:.3} | {:.3} | {} | {:.3} |",
        score.cases,
        share(score.good),
        share(score.at_road),
        share(score.right_side),
        share(score.walkable),
        share(score.empty),
        score.unreachable,
        share(score.naive_good),
    );
    println!(
        "{text} {:.1} | {:.1} | {:.1} | {:.2} / {:.2} |",
        quantile(&mut score.to_spot, 0.5),
        quantile(&mut score.naive_to_spot, 0.5),
        quantile(&mut score.to_any, 0.5),
        quantile(&mut score.micros, 0.5) / 1000.0,
        quantile(&mut score.micros, 0.99) / 1000.0,
    );
}

fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a row of a short list"
    )]
    let at = ((values.len() as f64 - 1.0) * share).round().max(0.0) as usize;
    values.get(at).copied().unwrap_or(f64::NAN)
}

/// Places with planted spots.
fn planted(snapshot: &Snapshot, args: &Args) -> Result<Vec<Case>> {
    let Some(path) = &args.truth else {
        return Ok(Vec::new());
    };
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read `{}`", path.display()))?;
    let sources = places_by_source(snapshot);
    let mut cases = Vec::new();
    for line in text.lines() {
        let row: Value = serde_json::from_str(line)?;
        let source: SourceId = row["osm"]
            .as_str()
            .unwrap_or_default()
            .parse()
            .map_err(anyhow::Error::msg)?;
        let Some((doc, id)) = sources.get(&source).copied() else {
            println!("not in the snapshot: {source}");
            continue;
        };
        let number = |v: &Value, key: &str| v[key].as_f64().unwrap_or_default();
        let spots = row["spots"].as_array().into_iter().flatten();
        cases.push(Case {
            kind: format!("planted {}", row["kind"].as_str().unwrap_or_default()),
            id,
            doc,
            point: LonLat::clamped(number(&row, "lon"), number(&row, "lat")),
            spots: spots
                .map(|s| {
                    (
                        LonLat::clamped(number(s, "lon"), number(s, "lat")),
                        number(s, "share"),
                    )
                })
                .collect(),
            learnt: Vec::new(),
        });
    }
    Ok(cases)
}

/// Takes up what was learnt of each place.
fn learn(cases: &mut [Case], url: &str) -> Result<()> {
    block_on(async {
        let base = Base::open(url)?;
        for case in cases {
            let filter = SpotFilter {
                place: Some(case.id),
                after: None,
            };
            let stored = base.spots(filter, MAX_SPOTS).await?;
            case.learnt = stored.into_iter().map(|s| s.spot).collect();
        }
        Ok(())
    })
}

/// Every so many houses with doors, houses without, POIs and stations.
fn sampled(snapshot: &Snapshot, count: usize) -> Vec<Case> {
    let mut kinds: [(&str, Vec<Case>); 4] = [
        ("houses with doors", Vec::new()),
        ("houses without", Vec::new()),
        ("POIs", Vec::new()),
        ("stations", Vec::new()),
    ];
    for doc in docs(snapshot) {
        let place = snapshot.place(doc);
        let case = |kind: &str, id: PlaceRef, point: LonLat| Case {
            kind: kind.to_owned(),
            id,
            doc,
            point,
            spots: Vec::new(),
            learnt: Vec::new(),
        };
        for (row, house) in snapshot.houses(doc).iter().enumerate() {
            if house.is_corner() || house.is_interpolated() {
                continue;
            }
            let slot = usize::from(snapshot.entrances(doc, row).is_empty());
            let (kind, list) = &mut kinds[slot];
            list.push(case(
                kind,
                PlaceRef::house(place.id, house.source),
                house.point,
            ));
        }
        let slot = match snapshot.layer(doc) {
            Layer::Poi => 2,
            Layer::Station => 3,
            _ => continue,
        };
        let (kind, list) = &mut kinds[slot];
        list.push(case(kind, PlaceRef::whole(place.id), place.point));
    }
    let thinned = kinds.into_iter().flat_map(|(_, list)| {
        let step = (list.len() / count.max(1)).max(1);
        list.into_iter().step_by(step).take(count)
    });
    thinned.collect()
}

fn docs(snapshot: &Snapshot) -> impl Iterator<Item = DocId> + use<> {
    0..DocId::try_from(snapshot.len()).unwrap()
}
