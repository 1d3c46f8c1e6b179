//! What questions take in process, one after the other on one thread: the server without HTTP and without a queue.

use crate::queries::Ask;
use geodata::LonLat;
use geodata::snapshot::Snapshot;
use server::search::{
    DEFAULT_LIMIT, DEFAULT_NEARBY_RADIUS_M, DEFAULT_REVERSE_RADIUS_M, NearbyQuery, RankWeights,
    ReverseQuery, View, nearby, reverse, search, warm_up,
};
use std::fmt;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Points that are asked about.
const POINTS: usize = 5_000;
/// How far from a house somebody stands, in degrees: some 30 m.
const BESIDE: f64 = 0.0003;
/// What is looked for nearby.
const CATEGORY: &str = "amenity=pharmacy";

/// The median and the 99th percentile.
pub(crate) struct Percentiles {
    p50_ms: f64,
    p99_ms: f64,
}

impl fmt::Display for Percentiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p50 {:.2}, p99 {:.2} ms", self.p50_ms, self.p99_ms)
    }
}

/// What each kind of question takes.
pub(crate) struct InProcess {
    pub(crate) search: Percentiles,
    pub(crate) reverse: Percentiles,
    pub(crate) nearby: Percentiles,
}

/// Asks all questions, and about points beside houses of the whole snapshot.
pub(crate) fn measure(snapshot: Arc<Snapshot>, asks: &[Ask]) -> InProcess {
    let weights = RankWeights::default();
    warm_up(&snapshot, &weights);
    let queries = asks.iter().map(Ask::query);
    let search = percentiles(queries, |q| {
        black_box(search(&snapshot, &weights, q)).results.len()
    });
    let points = points(&snapshot);
    let view = View::of(snapshot);
    let lookups = points.iter().map(|point| ReverseQuery {
        point: *point,
        radius_m: DEFAULT_REVERSE_RADIUS_M,
        layers: Vec::new(),
        limit: DEFAULT_LIMIT,
        languages: Vec::new(),
    });
    let reverse = percentiles(lookups, |q| black_box(reverse(&view, q)).results.len());
    let wishes = points.iter().map(|point| NearbyQuery {
        point: *point,
        radius_m: DEFAULT_NEARBY_RADIUS_M,
        categories: vec![CATEGORY.to_owned()],
        brand: None,
        attributes: Vec::new(),
        open_at: None,
        limit: DEFAULT_LIMIT,
        languages: Vec::new(),
    });
    let nearby = percentiles(wishes, |q| black_box(nearby(&view, q)).len());
    InProcess {
        search,
        reverse,
        nearby,
    }
}

/// Points beside houses, spread over all streets.
fn points(snapshot: &Snapshot) -> Vec<LonLat> {
    let docs = 0..u32::try_from(snapshot.len()).unwrap_or(u32::MAX);
    let houses = docs.filter_map(|doc| snapshot.houses(doc).get(0));
    let all: Vec<LonLat> = houses.map(|h| h.point).collect();
    let step = (all.len() / POINTS).max(1);
    let some = all.into_iter().step_by(step).take(POINTS);
    some.map(|p| LonLat::clamped(p.lon() + BESIDE, p.lat() + BESIDE))
        .collect()
}

fn percentiles<Q>(questions: impl Iterator<Item = Q>, answer: impl Fn(&Q) -> usize) -> Percentiles {
    let timed = questions.map(|question| {
        let began = Instant::now();
        answer(&question);
        began.elapsed()
    });
    let mut took: Vec<Duration> = timed.collect();
    took.sort_unstable();
    let at = |percent: usize| {
        let found = took.get((took.len() * percent / 100).min(took.len().saturating_sub(1)));
        found.map_or(0.0, |d| d.as_secs_f64() * 1e3)
    };
    Percentiles {
        p50_ms: at(50),
        p99_ms: at(99),
    }
}
