//! The recipe: one query from text to ranked results.
//!
//! First without slips of the pen, near the focus and everywhere; then, unless something fits well and near, with them;
//! then without the word that fits nothing; then as typed on another keyboard layout. All candidates compete in one
//! ranking.

use super::candidates::{AnyOf, Finder, Slips, intersect};
use super::crossing::find_crossings;
use super::house::{HouseHit, MatchState, find_door, resolve_house};
use super::label::{Label, LabelPart, highlight, place_name, render_label};
use super::plan::{AreaHit, Reading};
use super::query::SearchQuery;
use super::question::Question;
use super::rank::{RankWeights, Reason, Subject, TextMatch, match_names, score};
use super::spelling::Spelling;
use super::text::{Part, QueryText};
use geodata::snapshot::{Cells, DocId, NameRecord, Snapshot};
use geodata::{LanguageTag, Layer, LonLat, NameKind, PlaceRef, SourceId};
use rustc_hash::FxHashMap;
use synonyms::retype;

/// The most important places of the whole snapshot that are ranked per reading.
const GLOBAL: usize = 80;
/// Places around the focus that are ranked per reading and size of cell.
const LOCAL: usize = 60;
/// Enough places around the focus: larger cells are left out.
const ENOUGH_LOCAL: usize = 60;
/// A text that fits so well needs no guessing.
const CONVINCING: f32 = 0.86;
/// A candidate that fits so well explains all words of the query.
const EXPLAINED: f32 = 0.7;
/// Words of another layout that fit so well are words, slips or not.
const EXPLAINED_WELL: f32 = 0.82;
/// Beyond this even a perfect match may be the wrong city's, in metres.
const NEAR_M: f64 = 40_000.0;
/// Results with one label that lie this close are one, in metres.
const SAME_M: f64 = 250.0;
/// Another layout has to fit this much better than the text as typed.
const LAYOUT_GAIN: f32 = 0.12;

/// One result.
#[derive(Debug, Clone)]
pub struct Found {
    pub id: PlaceRef,
    pub doc: DocId,
    pub layer: Layer,
    pub point: LonLat,
    pub label: Label,
    pub housenumber: Option<String>,
    pub postcode: Option<String>,
    pub state: Option<MatchState>,
    pub uncertainty_m: f64,
    /// The old name by which it was found.
    pub formerly: Option<String>,
    /// Ranges of characters of the label.
    pub matched: Vec<(usize, usize)>,
    pub source: SourceId,
    pub distance_m: Option<f64>,
    /// 0 to 1: how well the text fits.
    pub confidence: f32,
    pub score: f32,
    pub why: Vec<Reason>,
}

/// The results of a query.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    pub results: Vec<Found>,
}

/// A candidate with its score under its best reading.
#[derive(Debug, Clone)]
pub(super) struct Ranked {
    pub(super) doc: DocId,
    pub(super) score: f32,
    matched: TextMatch,
    house: Option<HouseHit>,
    point: LonLat,
    asked_house: bool,
    why: Vec<Reason>,
}

/// Answers a query.
pub fn search(snapshot: &Snapshot, weights: &RankWeights, query: &SearchQuery) -> Answer {
    let run = Run {
        snapshot,
        weights,
        query,
    };
    let text = QueryText::read(&query.text, query.typing);
    let mut ranked = run.ranked(&text);
    let mut used = text;
    let confidence = |ranked: &[Ranked]| ranked.first().map_or(0.0, |r| r.matched.query_covered);
    if confidence(&ranked) < CONVINCING {
        for reading in retype(&query.text) {
            let other = QueryText::read(&reading, query.typing);
            let found = run.ranked(&other);
            // Nonsense is nonsense on any layout unless it becomes clean words.
            let clean = found
                .first()
                .is_some_and(|r| r.matched.clean || r.matched.query_covered >= EXPLAINED_WELL);
            if clean && confidence(&found) > confidence(&ranked) + LAYOUT_GAIN {
                (ranked, used) = (found, other);
            }
        }
    }
    let mut results = run.crossings(&used);
    results.extend(ranked.into_iter().map(|r| run.found(r, &used)));
    Answer {
        results: dedupe(results, query.limit),
    }
}

/// Drops results that a person could not tell apart.
fn dedupe(results: Vec<Found>, limit: usize) -> Vec<Found> {
    let mut kept: Vec<Found> = Vec::with_capacity(limit);
    for found in results {
        let same = |k: &Found| {
            k.label.text == found.label.text
                && k.layer == found.layer
                && k.point.distance_m(found.point) <= SAME_M
        };
        if !kept.iter().any(same) {
            kept.push(found);
        }
        if kept.len() == limit {
            break;
        }
    }
    kept
}

/// Candidates, each under its best reading.
type Pool = FxHashMap<DocId, Ranked>;

/// Keeps the better of two readings of a candidate.
fn add(pool: &mut Pool, ranked: Ranked) {
    if pool
        .get(&ranked.doc)
        .is_none_or(|known| known.score < ranked.score)
    {
        pool.insert(ranked.doc, ranked);
    }
}

struct Run<'a> {
    snapshot: &'a Snapshot,
    weights: &'a RankWeights,
    query: &'a SearchQuery,
}

impl Run<'_> {
    /// Candidates of a text, the best first.
    fn ranked(&self, text: &QueryText) -> Vec<Ranked> {
        let mut spellings: Vec<Spelling> = text
            .tokens
            .iter()
            .map(|t| Spelling::of(t, self.snapshot))
            .collect();
        let mut pool = Pool::default();
        self.gather(
            &self.question(text, &spellings, Slips::Forbidden),
            &mut pool,
        );
        if !pool.values().any(|r| self.convinces(r)) {
            for n in text.words() {
                spellings[n].add_typos(&text.tokens[n], self.snapshot);
            }
            self.gather(&self.question(text, &spellings, Slips::Allowed), &mut pool);
        }
        let explained = |r: &Ranked| {
            r.matched.query_covered >= EXPLAINED && r.matched.fits.iter().all(|(_, f)| f.is_some())
        };
        if !pool.values().any(explained) {
            self.gather_without_a_word(&self.question(text, &spellings, Slips::Allowed), &mut pool);
        }
        let mut ranked: Vec<Ranked> = pool.into_values().collect();
        ranked.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.doc.cmp(&b.doc)));
        ranked
    }

    fn question<'q>(
        &'q self,
        text: &'q QueryText,
        spellings: &'q [Spelling],
        slips: Slips,
    ) -> Question<'q> {
        Question {
            snapshot: self.snapshot,
            weights: self.weights,
            query: self.query,
            text,
            spellings,
            slips,
        }
    }

    /// Whether a candidate makes guessing superfluous: every word fits, and it is near or nobody said where.
    fn convinces(&self, ranked: &Ranked) -> bool {
        let near = self
            .query
            .focus
            .is_none_or(|f| f.distance_m(ranked.point) <= NEAR_M);
        let whole = ranked.matched.clean && ranked.matched.fits.iter().all(|(_, f)| f.is_some());
        let named = ranked.why.iter().any(|r| r.rule == "area");
        let housed = !ranked.asked_house
            || ranked
                .house
                .as_ref()
                .is_some_and(|h| h.state != MatchState::StreetOnly);
        whole && ranked.matched.score >= CONVINCING && (near || named) && housed
    }

    fn gather(&self, question: &Question<'_>, pool: &mut Pool) {
        for reading in question.readings() {
            self.rank(question, &reading, pool);
        }
    }

    /// The last resort: one word of several fits nothing together with the others.
    fn gather_without_a_word(&self, question: &Question<'_>, pool: &mut Pool) {
        let tokens = &question.text.tokens;
        let words: Vec<usize> = question
            .text
            .words()
            .filter(|w| !tokens[*w].token.is_number())
            .collect();
        if words.len() < 2 {
            return;
        }
        for drop in &words {
            let mut rest = question.text.clone();
            rest.tokens[*drop].part = Part::Filler;
            let question = Question {
                text: &rest,
                ..*question
            };
            for mut reading in question.readings() {
                let docs = self.candidates(&question, &reading);
                reading.dropped = Some(*drop);
                for ranked in docs
                    .into_iter()
                    .filter_map(|doc| self.rate(&question, &reading, doc))
                {
                    add(pool, ranked);
                }
            }
        }
    }

    fn candidates(&self, question: &Question<'_>, reading: &Reading) -> Vec<DocId> {
        let Question {
            text,
            spellings,
            slips,
            ..
        } = *question;
        let finder = Finder::new(self.snapshot, slips);
        let companions = reading.name.len() > 1;
        let areas: Vec<DocId> = reading.areas.iter().map(|a| a.doc).collect();
        let sets = || -> Vec<AnyOf> {
            let mut sets: Vec<AnyOf> = reading
                .name
                .iter()
                .map(|n| finder.with_word(&spellings[*n], text.tokens[*n].prefix, companions))
                .collect();
            if !areas.is_empty() {
                sets.push(finder.inside(&areas));
            }
            if !reading.categories.is_empty() {
                sets.push(finder.of_category(&reading.categories));
            }
            if !self.query.categories.is_empty() {
                sets.push(finder.of_category(&self.query.categories));
            }
            if let Some(layers) = self.index_layers() {
                sets.push(finder.of_layers(&layers));
            }
            sets
        };
        let keep = |doc: DocId| self.passes(doc);
        let mut docs = Vec::new();
        if let Some(focus) = self.query.focus {
            for zoom in Cells::ZOOMS {
                let mut local = sets();
                local.push(finder.near(focus, zoom));
                docs.extend(intersect(local, LOCAL, keep));
                if docs.len() >= ENOUGH_LOCAL {
                    break;
                }
            }
        }
        docs.extend(intersect(sets(), GLOBAL, keep));
        docs.sort_unstable();
        docs.dedup();
        docs
    }

    /// Layers to look for in the index: houses, doors and crossings are found through their streets and places.
    fn index_layers(&self) -> Option<Vec<Layer>> {
        if self.query.layers.is_empty() {
            return None;
        }
        let mut layers = Vec::new();
        for layer in &self.query.layers {
            match layer {
                Layer::House => {
                    layers.extend([Layer::Street, Layer::City, Layer::Locality, Layer::District])
                }
                Layer::Entrance => layers.extend([Layer::Street, Layer::Station, Layer::Locality]),
                Layer::Intersection => layers.push(Layer::Street),
                other => layers.push(*other),
            }
        }
        layers.sort_unstable();
        layers.dedup();
        Some(layers)
    }

    /// Filters that are no words: box, country, the place around.
    fn passes(&self, doc: DocId) -> bool {
        let parents = self.snapshot.parents(doc);
        let country = |code: &String| {
            parents
                .iter()
                .any(|p| self.snapshot.attribute(*p, "countrycode") == Some(code.as_str()))
        };
        let within = |id| {
            self.snapshot
                .find(id)
                .is_some_and(|w| w == doc || parents.contains(&w))
        };
        let in_box = |bbox: &geodata::Bbox| {
            bbox.contains(self.snapshot.place(doc).point)
                || self
                    .snapshot
                    .lines(doc)
                    .flatten()
                    .any(|p| bbox.contains(*p))
                || self
                    .snapshot
                    .houses(doc)
                    .iter()
                    .any(|h| bbox.contains(h.point))
        };
        self.query.country.as_ref().is_none_or(country)
            && self.query.within.is_none_or(within)
            && self.query.bbox.as_ref().is_none_or(in_box)
    }

    fn rank(&self, question: &Question<'_>, reading: &Reading, pool: &mut Pool) {
        for doc in self.candidates(question, reading) {
            if let Some(ranked) = self.rate(question, reading, doc) {
                add(pool, ranked);
            }
        }
    }

    /// A candidate under one reading; `None` when it is no answer to it.
    fn rate(&self, question: &Question<'_>, reading: &Reading, doc: DocId) -> Option<Ranked> {
        let by_category = reading.name.is_empty();
        let matched = if by_category {
            Some(category_match())
        } else {
            match_names(question, doc, reading)
        };
        let matched = matched.filter(|m| m.query_covered >= self.weights.least_text)?;
        let number = reading.house.as_ref().map(|(number, _)| *number);
        let house = number.and_then(|n| resolve_house(question, doc, n));
        if !self.allowed(doc, house.as_ref(), question.text) {
            return None;
        }
        let point = house.as_ref().map_or(self.point_of(doc), |h| h.point);
        let built = house.as_ref().is_some_and(|h| h.row.is_some());
        if built && self.query.bbox.is_some_and(|b| !b.contains(point)) {
            return None;
        }
        let area = self.named_area(reading, doc);
        let subject = Subject {
            question,
            reading,
            doc,
            point,
            matched: &matched,
            house: house.as_ref(),
            area,
        };
        let (score, why) = score(&subject);
        Some(Ranked {
            doc,
            score,
            matched,
            house,
            point,
            asked_house: number.is_some(),
            why,
        })
    }

    /// The named area that a candidate lies in. A village inside a city's boundary is less the city than its own.
    fn named_area(&self, reading: &Reading, doc: DocId) -> Option<AreaHit> {
        let parents = self.snapshot.parents(doc);
        let own = parents
            .iter()
            .copied()
            .find(|p| self.snapshot.layer(*p).is_settlement());
        let inside = reading.areas.iter().filter(|a| parents.contains(&a.doc));
        let rated = inside.map(|a| {
            let other = self.snapshot.layer(a.doc).is_settlement() && own != Some(a.doc);
            AreaHit {
                quality: if other { a.quality * 0.5 } else { a.quality },
                ..*a
            }
        });
        rated.max_by(|a, b| a.quality.total_cmp(&b.quality))
    }

    /// Whether the answer that a candidate would give is of a wanted layer.
    fn allowed(&self, doc: DocId, house: Option<&HouseHit>, text: &QueryText) -> bool {
        let layer = match house.map(|h| h.state) {
            Some(MatchState::Entrance) => Layer::Entrance,
            Some(MatchState::StreetOnly) | None => self.snapshot.layer(doc),
            Some(_) => Layer::House,
        };
        let exit = text
            .door
            .as_ref()
            .is_some_and(|d| find_door(self.snapshot, self.snapshot.exits(doc), d).is_some());
        self.query.layers.is_empty()
            || self.query.layers.contains(&layer)
            || exit && self.query.layers.contains(&Layer::Entrance)
    }

    /// Where a place is for the one who asks: the nearest point of a street, the label point of anything else.
    fn point_of(&self, doc: DocId) -> LonLat {
        let place = self.snapshot.place(doc).point;
        let Some(focus) = self
            .query
            .focus
            .filter(|_| self.snapshot.layer(doc) == Layer::Street)
        else {
            return place;
        };
        let nearest = self
            .snapshot
            .lines(doc)
            .filter_map(|l| geodata::nearest_on_line(l, focus));
        nearest
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .map_or(place, |(point, _)| point)
    }

    fn found(&self, ranked: Ranked, text: &QueryText) -> Found {
        let snapshot = self.snapshot;
        let place = snapshot.place(ranked.doc);
        let mut found = Found {
            id: PlaceRef::whole(place.id),
            doc: ranked.doc,
            layer: snapshot.layer(ranked.doc),
            point: place.point,
            label: Label::default(),
            housenumber: None,
            postcode: snapshot
                .attribute(ranked.doc, "addr:postcode")
                .map(str::to_owned),
            state: None,
            uncertainty_m: 0.0,
            formerly: self.formerly(&ranked),
            matched: Vec::new(),
            source: snapshot
                .sources(ranked.doc)
                .first()
                .copied()
                .unwrap_or(SourceId::NONE),
            distance_m: None,
            confidence: ranked.matched.score.clamp(0.0, 1.0),
            score: ranked.score,
            why: ranked.why,
        };
        let mut part = LabelPart::Place;
        let exit = text
            .door
            .as_ref()
            .and_then(|d| find_door(snapshot, snapshot.exits(ranked.doc), d));
        let door_name;
        if let Some(hit) = &ranked.house {
            found.apply_house(hit, snapshot);
            part = match &hit.door {
                Some(door) => {
                    door_name = self.door_name("entrance", door);
                    LabelPart::Door(&door_name, &hit.number)
                }
                None if hit.state == MatchState::StreetOnly => LabelPart::Place,
                None => LabelPart::House(&hit.number),
            };
        } else if let Some(exit) = exit {
            let reference = snapshot.text(exit.reference);
            door_name = self.door_name("exit", reference);
            found.id = PlaceRef::part(place.id, &format!("x:{}", exit.source));
            (found.layer, found.point, found.source) = (Layer::Entrance, exit.point, exit.source);
            found.state = Some(MatchState::Entrance);
            part = LabelPart::Door(&door_name, "");
        }
        found.label = render_label(snapshot, ranked.doc, part, &self.query.languages);
        found.matched = highlight(&found.label.text, text);
        found.distance_m = self.query.focus.map(|f| f.distance_m(found.point));
        found
    }

    /// What a door is called in the first language that is asked for.
    fn door_name(&self, kind: &str, reference: &str) -> String {
        let language = self.query.languages.first().map_or("uk", String::as_str);
        let word = match (kind, language) {
            ("exit", "ru") => "выход",
            ("exit", "en") => "exit",
            ("exit", "ro") => "ieșirea",
            ("exit", _) => "вихід",
            (_, "ru") => "подъезд",
            (_, "en") => "entrance",
            (_, "ro") => "scara",
            _ => "під'їзд",
        };
        format!("{word} {reference}")
    }

    /// The old name that matched; in the local language when the translation of the only one did.
    fn formerly(&self, ranked: &Ranked) -> Option<String> {
        if ranked.matched.kind != NameKind::Old {
            return None;
        }
        let names = self.snapshot.names(ranked.doc);
        let matched = names.get(ranked.matched.name)?;
        let old = |n: &&NameRecord| {
            NameKind::from_byte(n.kind) == NameKind::Old && n.language == LanguageTag::NONE
        };
        let local: Vec<&NameRecord> = names.iter().filter(old).collect();
        let shown = if matched.language != LanguageTag::NONE && local.len() == 1 {
            local[0]
        } else {
            matched
        };
        Some(self.snapshot.text(shown.text).to_owned())
    }

    /// Crossings, where the text puts something between two streets.
    fn crossings(&self, text: &QueryText) -> Vec<Found> {
        let wanted =
            self.query.layers.is_empty() || self.query.layers.contains(&Layer::Intersection);
        if !wanted {
            return Vec::new();
        }
        let side = |range: std::ops::Range<usize>| -> Vec<Ranked> {
            let mut half = text.clone();
            half.tokens = text.tokens[range].to_vec();
            half.announced = None;
            let query = SearchQuery {
                layers: vec![Layer::Street],
                ..self.query.clone()
            };
            Run {
                query: &query,
                ..*self
            }
            .ranked(&half)
        };
        let cut = |at: usize| {
            let skip = usize::from(matches!(text.tokens[at].part, Part::And | Part::Corner));
            let (left, right) = (side(0..at), side(at + skip..text.tokens.len()));
            let crossings = find_crossings(self.snapshot, &left, &right);
            (!crossings.is_empty()).then_some((left, right, crossings))
        };
        let Some((left, right, crossings)) = text.crossing_cuts().into_iter().find_map(cut) else {
            return Vec::new();
        };
        crossings
            .into_iter()
            .take(self.query.limit)
            .map(|crossing| {
                let (a, b) = (&left[crossing.a], &right[crossing.b]);
                let label = render_label(
                    self.snapshot,
                    a.doc,
                    LabelPart::Crossing(b.doc),
                    &self.query.languages,
                );
                let other = self.snapshot.place(b.doc).id;
                let why = format!("crossing with «{}»", place_name(self.snapshot, b.doc, &[]));
                Found {
                    id: PlaceRef::part(self.snapshot.place(a.doc).id, &format!("c:{other}")),
                    doc: a.doc,
                    layer: Layer::Intersection,
                    point: crossing.point,
                    matched: highlight(&label.text, text),
                    label,
                    housenumber: None,
                    postcode: None,
                    state: None,
                    uncertainty_m: 0.0,
                    formerly: None,
                    source: SourceId::NONE,
                    distance_m: self.query.focus.map(|f| f.distance_m(crossing.point)),
                    confidence: f32::midpoint(a.matched.score, b.matched.score).clamp(0.0, 1.0),
                    score: crossing.score,
                    why: vec![Reason {
                        rule: "crossing",
                        part: crossing.score,
                        why,
                    }],
                }
            })
            .collect()
    }
}

impl Found {
    fn apply_house(&mut self, hit: &HouseHit, snapshot: &Snapshot) {
        self.state = Some(hit.state);
        self.uncertainty_m = hit.uncertainty_m;
        if hit.state == MatchState::StreetOnly {
            return;
        }
        self.housenumber = Some(hit.number.clone());
        self.point = hit.point;
        self.source = hit.source;
        self.layer = if hit.door.is_some() {
            Layer::Entrance
        } else {
            Layer::House
        };
        if let Some(row) = hit.row {
            let house = &snapshot.houses(self.doc)[row];
            let postcode = snapshot.text(house.postcode);
            self.postcode = (!postcode.is_empty()).then(|| postcode.to_owned());
            self.id = match &hit.door {
                Some(_) => PlaceRef::part(self.id.place, &format!("e:{}", hit.source)),
                None => PlaceRef::part(self.id.place, &house_identity(hit.source, house.key())),
            };
        } else {
            self.id = PlaceRef::part(self.id.place, &format!("i:{}", hit.number));
        }
    }
}

/// What tells a house from others of its street.
pub(super) fn house_identity(source: SourceId, key: u64) -> String {
    format!("h:{source}:{key}")
}

/// A place that is asked for by its category needs no name.
fn category_match() -> TextMatch {
    TextMatch {
        name: 0,
        kind: NameKind::Main,
        score: 0.88,
        query_covered: 0.95,
        name_covered: 1.0,
        clean: true,
        number_in_name: false,
        fits: Vec::new(),
    }
}
