//! Words of the query against words of a name.
//!
//! Properties: the same words in any order score alike; an exact word outranks a beginning, a beginning the same sound,
//! that a slip; a name that the query covers wholly outranks a longer one; today's name outranks an old one.

use super::alignment::Alignment;
use super::{RankWeights, Reason, Subject};
use crate::search::plan::Reading;
use crate::search::question::Question;
use crate::search::spelling::{Fit, Spelling};
use crate::search::text::{MAX_TOKENS, Part};
use geodata::snapshot::{DocId, NameListId, Role, TextId, TokenRecord};
use geodata::{Layer, NameKind};
use rustc_hash::FxHashMap;
use synonyms::{Meaning, Naming, StatusKind};

/// Status words of streets that stand for parts of a town too.
const AREA_KINDS: [StatusKind; 9] = [
    "microdistrict",
    "residential_area",
    "quarter",
    "township",
    "cottage_town",
    "complex",
    "hill",
    "tract",
    "sector",
];
/// The share of a name that one letter counts for.
const BEGINNING_COVERS: f32 = 0.2;

/// How the name of a candidate fits the words of a reading.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TextMatch {
    /// The name that fits best, as a row among the place's names.
    pub(crate) name: usize,
    pub(crate) kind: NameKind,
    /// 0 to 1 and a little more: how well all of it fits.
    pub(crate) score: f32,
    /// What of the score comes from status words anywhere in the query.
    pub(crate) status: f32,
    /// Share of the query's words that fit, by quality.
    pub(crate) query_covered: f32,
    /// Share of the name that was asked for.
    pub(crate) name_covered: f32,
    /// Whether every word fits without a slip.
    pub(crate) clean: bool,
    /// Whether nothing but status words fits: «вул» on its way to any street around.
    pub(crate) status_only: bool,
    /// Whether the reading takes for a house number what is a number of this name.
    pub(crate) number_in_name: bool,
    /// How each word of the reading fits.
    pub(crate) fits: Fits,
}

/// How each word of a reading fits a name.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Fits {
    /// The word's position in the query, and its fit.
    words: [(u8, Option<Fit>); MAX_TOKENS],
    length: u8,
}

impl Fits {
    /// Adds the word at a position of the query.
    pub(crate) fn push(&mut self, word: usize, fit: Option<Fit>) {
        let word = u8::try_from(word).expect("a query has few words");
        self.words[usize::from(self.length)] = (word, fit);
        self.length += 1;
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, Option<Fit>)> {
        let words = self.words.iter().take(usize::from(self.length));
        words.map(|(word, fit)| (usize::from(*word), *fit))
    }

    /// Whether something holds for every word.
    pub(crate) fn all(&self, holds: impl Fn(Option<Fit>) -> bool) -> bool {
        self.iter().all(|(_, fit)| holds(fit))
    }
}

/// How names fit the words of a reading: places that share their names are compared once.
pub(crate) struct NameMatches<'a> {
    question: &'a Question<'a>,
    reading: &'a Reading,
    /// Rows of the list.
    known: FxHashMap<(NameListId, TextId), usize>,
    matches: Vec<Option<TextMatch>>,
}

impl<'a> NameMatches<'a> {
    /// Nothing compared yet.
    pub(crate) fn new(question: &'a Question<'a>, reading: &'a Reading) -> NameMatches<'a> {
        NameMatches {
            question,
            reading,
            known: FxHashMap::default(),
            matches: Vec::new(),
        }
    }

    /// The best of a place's names; `None` when no word of the reading fits any.
    pub(crate) fn of(&mut self, doc: DocId) -> Option<TextMatch> {
        // Status words are compared with names, layer and category; a list of names is of one layer.
        let place = self.question.snapshot.place(doc);
        let next = self.matches.len();
        let row = self.known.entry((place.names, place.category));
        let row = *row.or_insert(next);
        if row == next {
            let found = match_names(self.question, doc, self.reading);
            self.matches.push(found);
        }
        self.matches[row]
    }
}

fn match_names(question: &Question<'_>, doc: DocId, reading: &Reading) -> Option<TextMatch> {
    let snapshot = question.snapshot;
    let names = snapshot.names(doc).iter().zip(snapshot.tokens(doc));
    let layer = snapshot.layer(doc);
    let rated = names.enumerate().filter_map(|(name, (record, tokens))| {
        let alignment = Alignment::new(question, layer, tokens);
        let kind = NameKind::from_byte(record.kind);
        let mut found = match_name(alignment, (name, kind), reading)?;
        found.status = status_part(question, doc, tokens);
        found.score = found.score * kind_factor(kind) + found.status;
        Some(found)
    });
    rated.max_by(|a, b| a.score.total_cmp(&b.score).then(b.name.cmp(&a.name)))
}

fn match_name(
    mut alignment: Alignment<'_>,
    (name, kind): (usize, NameKind),
    reading: &Reading,
) -> Option<TextMatch> {
    let Question { weights, text, .. } = *alignment.question;
    let words = alignment.take_words(reading);
    // Initials alone name nobody; a single letter that is typed is a beginning.
    let anchored = words
        .fits
        .iter()
        .any(|(_, fit)| fit.is_some_and(|f| f != Fit::Initial));
    let letter = |n: &usize| text.tokens[*n].letter;
    let beginning = reading.name.iter().all(letter);
    // «вулиця 8» is no house 8 of any street.
    let house_of_any = words.status_only && reading.house.is_some();
    if words.fitting <= 0.0 || !(anchored || beginning) || house_of_any {
        return None;
    }
    let optional = alignment.take_optional();
    let query_covered = words.fitting / words.whole;
    // How much of a name one letter covers says nothing of what was meant.
    let name_covered = if beginning {
        BEGINNING_COVERS
    } else {
        alignment.covered()
    };
    let mut score = (1.0 - weights.name_share) * query_covered + weights.name_share * name_covered;
    if alignment.has_words() {
        score += weights.optional_match * optional.min(2.0);
    }
    let found =
        words.fits.iter().filter(|(_, fit)| fit.is_some()).count() + usize::from(optional > 0.0);
    if found >= 2 && query_covered > 0.95 && name_covered > 0.99 {
        score += weights.whole_name;
    }
    let mut query_covered = query_covered;
    let status_only = words.status_only && !beginning && reading.name.len() == 1;
    if status_only {
        (score, query_covered) = (weights.status_alone, 1.0);
    }
    Some(TextMatch {
        name,
        kind,
        score,
        status: 0.0,
        query_covered,
        name_covered,
        clean: words.clean,
        status_only,
        number_in_name: alignment.has_number_of(reading),
        fits: words.fits,
    })
}

fn kind_factor(kind: NameKind) -> f32 {
    match kind {
        NameKind::Main => 1.0,
        NameKind::Official | NameKind::Short => 0.98,
        NameKind::Alternative | NameKind::Local | NameKind::International => 0.96,
        NameKind::Brand => 0.93,
        NameKind::Old => 0.87,
    }
}

/// Status words of the query against the place: «провулок Лисенка» is not «вулиця Лисенка».
fn status_part(question: &Question<'_>, doc: DocId, name: &[TokenRecord]) -> f32 {
    let mut part = 0.0;
    for (token, spelling) in question.text.tokens.iter().zip(question.spellings) {
        part += match &token.part {
            Part::Status(kinds, places) => {
                let street = question.snapshot.layer(doc) == Layer::Street;
                let place = (!street && !places.is_empty())
                    .then(|| place_status(question, doc, places))
                    .filter(|part| *part != 0.0);
                // «Героїв Майдану» is no square.
                let naming = || token.naming() == Some(Naming::Often);
                let named = || naming() && has_word(question, name, spelling);
                match place {
                    Some(part) => part,
                    None if named() => 0.0,
                    None => street_status(question, (doc, name), kinds),
                }
            }
            Part::PlaceWord(kinds) => place_status(question, doc, kinds),
            _ => 0.0,
        };
    }
    part.clamp(
        -2.0 * question.weights.facility_mismatch,
        2.0 * question.weights.status_match,
    )
}

/// Whether a name has a word, not as its status word.
fn has_word(question: &Question<'_>, name: &[TokenRecord], word: &Spelling) -> bool {
    let exact = |form| matches!(word.fit(form, question.snapshot), Some((_, Fit::Exact)));
    let mut tokens = name.iter();
    tokens.any(|t| t.role() != Role::Status && exact(t.form()))
}

fn street_status(
    question: &Question<'_>,
    (doc, name): (DocId, &[TokenRecord]),
    kinds: &[StatusKind],
) -> f32 {
    let Question {
        snapshot, weights, ..
    } = *question;
    let mut named = false;
    for token in name.iter().filter(|t| t.role() == Role::Status) {
        named = true;
        let same = |m: &Meaning| matches!(m, Meaning::Status(kind) if kinds.contains(kind));
        if question.index.meanings_of(token.form()).iter().any(same) {
            return weights.status_match;
        }
    }
    match (snapshot.layer(doc), named) {
        (Layer::Street, true) => -weights.status_mismatch,
        (Layer::Street, false) => 0.0,
        (Layer::District, false) if kinds.iter().any(|k| AREA_KINDS.contains(k)) => 0.0,
        _ => -weights.other_kind,
    }
}

fn place_status(question: &Question<'_>, doc: DocId, kinds: &[&str]) -> f32 {
    let Question {
        snapshot, weights, ..
    } = *question;
    let layer = snapshot.layer(doc);
    let category = snapshot.text(snapshot.place(doc).category);
    let fits = kinds.iter().any(|kind| match *kind {
        "city" => layer == Layer::City,
        "town" => layer.is_settlement(),
        "village" | "settlement" | "hamlet" => layer == Layer::Locality,
        "raion" | "hromada" | "commune" | "municipality" => layer == Layer::County,
        "neighbourhood" => layer == Layer::District,
        "district" | "sector" | "suburb" => matches!(layer, Layer::District | Layer::County),
        "oblast" | "region" => layer == Layer::State,
        "country" => layer == Layer::Country,
        "metro" => category == "station=subway",
        "station" | "railway_station" => {
            matches!(
                category,
                "railway=station" | "railway=halt" | "building=train_station"
            )
        }
        "railway_halt" => category == "railway=halt",
        "bus_stop" => matches!(category, "highway=bus_stop" | "railway=tram_stop"),
        "bus_station" => category == "amenity=bus_station",
        "airport" => matches!(category, "aeroway=aerodrome" | "aeroway=terminal"),
        _ => false,
    });
    // «вокзал Мерефа» is neither the town nor a street; «м. Мерефа, Садова» is a street in the town.
    let facility = kinds.iter().all(|k| {
        matches!(
            *k,
            "metro" | "station" | "railway_station" | "bus_station" | "airport"
        )
    });
    let named = || {
        let same = |m: &Meaning| matches!(m, Meaning::Place(kind) if kinds.contains(kind));
        let mut tokens = snapshot.tokens(doc).flatten();
        tokens.any(|t| question.index.meanings_of(t.form()).iter().any(same))
    };
    match (fits, facility) {
        (true, _) => weights.status_match,
        (false, true) if !named() => -weights.facility_mismatch,
        _ => 0.0,
    }
}

/// The text's part of the score.
pub(super) fn rule(subject: &Subject<'_>, weights: &RankWeights) -> Option<Reason> {
    Some(Reason {
        rule: "text",
        part: weights.text * subject.matched.score,
        why: subject.because(|| explain(subject)),
    })
}

fn explain(subject: &Subject<'_>) -> String {
    let m = subject.matched;
    let snapshot = subject.question.snapshot;
    let names = snapshot.names(subject.doc);
    let name = names.get(m.name).map_or("", |n| snapshot.text(n.text));
    let fit = |(n, fit): (usize, Option<Fit>)| {
        format!(
            "`{}` {}",
            subject.question.text.tokens[n].token.fold,
            fit.map_or("not there", Fit::as_str)
        )
    };
    let words: Vec<String> = m.fits.iter().map(fit).collect();
    format!(
        "{} «{name}»: {}; query covered {:.2}, name covered {:.2}",
        m.kind.as_str(),
        words.join(", "),
        m.query_covered,
        m.name_covered
    )
}
