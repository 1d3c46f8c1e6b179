//! Words of the query against words of a name.
//!
//! Properties: the same words in any order score alike; an exact word outranks a beginning, a beginning the same sound,
//! that a slip; a name that the query covers wholly outranks a longer one; today's name outranks an old one.

use super::{RankWeights, Reason, Subject};
use crate::search::plan::Reading;
use crate::search::question::Question;
use crate::search::spelling::{Fit, Spelling};
use crate::search::text::Part;
use geodata::snapshot::{DocId, Role, Snapshot, TokenRecord};
use geodata::{Layer, NameKind};
use synonyms::{Meaning, StatusKind, dictionary};

/// How the name of a candidate fits the words of a reading.
#[derive(Debug, Clone)]
pub(crate) struct TextMatch {
    /// The name that fits best, as a row among the place's names.
    pub(crate) name: usize,
    pub(crate) kind: NameKind,
    /// 0 to 1 and a little more: how well all of it fits.
    pub(crate) score: f32,
    /// Share of the query's words that fit, by quality.
    pub(crate) query_covered: f32,
    /// Share of the name that was asked for.
    pub(crate) name_covered: f32,
    /// Whether every word fits without a slip.
    pub(crate) clean: bool,
    /// Whether the reading takes for a house number what is a number of this name.
    pub(crate) number_in_name: bool,
    /// How each word of the reading fits.
    pub(crate) fits: Vec<(usize, Option<Fit>)>,
}

/// The best of a place's names; `None` when no word of the reading fits any.
pub(crate) fn match_names(
    question: &Question<'_>,
    doc: DocId,
    reading: &Reading,
) -> Option<TextMatch> {
    let rated = (0..question.snapshot.names(doc).len()).filter_map(|name| {
        let mut found = match_name(question, doc, name, reading)?;
        found.score = found.score * kind_factor(found.kind) + status_part(question, doc, name);
        Some(found)
    });
    rated.max_by(|a, b| a.score.total_cmp(&b.score).then(b.name.cmp(&a.name)))
}

fn match_name(
    question: &Question<'_>,
    doc: DocId,
    name: usize,
    reading: &Reading,
) -> Option<TextMatch> {
    let Question {
        snapshot,
        spellings,
        weights,
        ..
    } = *question;
    let tokens = snapshot.tokens(doc, name);
    let head = tokens.iter().rposition(|t| t.role() == Role::Word);
    let street = snapshot.layer(doc) == Layer::Street;
    let weigh = |t: usize| {
        // The last word of a street's name is its head: the surname behind the given name.
        let before_head =
            street && head.is_some_and(|head| t < head) && tokens[t].role() == Role::Word;
        name_weight(snapshot, tokens[t])
            * if before_head {
                weights.before_head
            } else {
                1.0
            }
    };
    let mut used = vec![false; tokens.len()];
    let mut fits = Vec::with_capacity(reading.name.len());
    let (mut sum, mut whole, mut clean) = (0.0, 0.0, true);
    let mut name_sum = 0.0;
    for &n in &reading.name {
        let weight = query_weight(&spellings[n]);
        whole += weight;
        let best = tokens
            .iter()
            .enumerate()
            .filter(|(t, _)| !used[*t])
            .filter_map(|(t, token)| {
                let (quality, fit) = spellings[n].fit(token.form(), snapshot)?;
                let status = if token.role() == Role::Status {
                    0.8
                } else {
                    1.0
                };
                Some((quality * status, fit, t))
            })
            .max_by(|a, b| a.0.total_cmp(&b.0).then(b.2.cmp(&a.2)));
        match best {
            Some((quality, fit, t)) => {
                used[t] = true;
                sum += weight * quality;
                clean &= fit != Fit::Typo;
                let part = match fit {
                    Fit::Prefix => spellings[n].covered(tokens[t].form(), snapshot),
                    // A letter alone is no initial of anything.
                    Fit::Initial if reading.name.len() == 1 => {
                        spellings[n].covered(tokens[t].form(), snapshot)
                    }
                    _ => 1.0,
                };
                name_sum += weigh(t) * part;
                fits.push((n, Some(fit)));
            }
            None => {
                clean = false;
                fits.push((n, None));
            }
        }
    }
    // Initials alone name nobody; a single letter that is typed is a beginning.
    let anchored = fits
        .iter()
        .any(|(_, fit)| fit.is_some_and(|f| f != Fit::Initial));
    let beginning =
        reading.name.len() == 1 && question.text.tokens[reading.name[0]].token.len() == 1;
    if sum <= 0.0 || !(anchored || beginning) {
        return None;
    }
    // A word that had to be left out counts half: it may be noise.
    whole += reading
        .dropped
        .map_or(0.0, |n| 0.5 * query_weight(&spellings[n]));
    clean &= reading.dropped.is_none();
    let mut optional_words: f32 = 0.0;
    // Status words and fillers that are words of this name count for it: «Вокзал Мерефа», «Термінал B».
    for (n, token) in question.text.tokens.iter().enumerate() {
        let optional = matches!(
            token.part,
            Part::Status(_) | Part::PlaceWord(_) | Part::Filler
        );
        let exact = |t: &usize| {
            matches!(
                spellings[n].fit(tokens[*t].form(), snapshot),
                Some((_, Fit::Exact))
            )
        };
        if optional
            && let Some(t) = (0..tokens.len())
                .filter(|t| !used[*t] && tokens[*t].role() != Role::Status)
                .find(exact)
        {
            used[t] = true;
            name_sum += weigh(t);
            optional_words += 1.0;
        }
    }
    let house = reading
        .house
        .as_ref()
        .map(|(house, _)| house.number.to_string());
    let number_in_name = house.is_some_and(|number| {
        (0..tokens.len()).any(|t| {
            !used[t] && snapshot.words().text(tokens[t].form(), snapshot.texts()) == number
        })
    });
    // Status words count only when they were asked for as words of the name.
    let rest = |(t, token): (usize, &TokenRecord)| used[t] || token.role() != Role::Status;
    let total: f32 = (0..tokens.len())
        .filter(|t| rest((*t, &tokens[*t])))
        .map(weigh)
        .sum();
    let query_covered = sum / whole;
    let name_covered = (name_sum / total.max(0.01)).min(1.0);
    let mut score = (1.0 - weights.name_share) * query_covered + weights.name_share * name_covered;
    if tokens.iter().any(|t| t.role() == Role::Word) {
        score += weights.optional_match * optional_words.min(2.0);
    }
    let words =
        fits.iter().filter(|(_, fit)| fit.is_some()).count() + usize::from(optional_words > 0.0);
    if words >= 2 && query_covered > 0.95 && name_covered > 0.99 {
        score += weights.whole_name;
    }
    let kind = NameKind::from_byte(snapshot.names(doc)[name].kind);
    Some(TextMatch {
        name,
        kind,
        score,
        query_covered,
        name_covered,
        clean,
        number_in_name,
        fits,
    })
}

/// Longer words say more.
fn query_weight(spelling: &Spelling) -> f32 {
    let length = spelling.sounds.first().map_or(1, String::len).clamp(1, 9);
    #[expect(clippy::cast_precision_loss, reason = "at most nine")]
    let length = length as f32;
    0.4 + 0.1 * length
}

fn name_weight(snapshot: &Snapshot, token: TokenRecord) -> f32 {
    let length = snapshot
        .words()
        .text(token.form(), snapshot.texts())
        .chars()
        .count()
        .clamp(1, 9);
    #[expect(clippy::cast_precision_loss, reason = "at most nine")]
    let weight = 0.4 + 0.1 * length as f32;
    match token.role() {
        Role::Word => weight,
        Role::Status => 0.3 * weight,
        Role::Minor => 0.25 * weight,
    }
}

fn kind_factor(kind: NameKind) -> f32 {
    match kind {
        NameKind::Main => 1.0,
        NameKind::Official | NameKind::Short => 0.98,
        NameKind::Alternative | NameKind::Local | NameKind::International => 0.96,
        NameKind::Brand => 0.93,
        NameKind::Old => 0.90,
    }
}

/// Status words of the query against the place: «провулок Лисенка» is not «вулиця Лисенка».
fn status_part(question: &Question<'_>, doc: DocId, name: usize) -> f32 {
    let mut part = 0.0;
    for token in &question.text.tokens {
        part += match &token.part {
            Part::Status(kinds) => street_status(question, doc, name, kinds),
            Part::PlaceWord(kinds) => place_status(question, doc, kinds),
            _ => 0.0,
        };
    }
    part.clamp(
        -2.0 * question.weights.facility_mismatch,
        2.0 * question.weights.status_match,
    )
}

fn street_status(question: &Question<'_>, doc: DocId, name: usize, kinds: &[StatusKind]) -> f32 {
    let Question {
        snapshot, weights, ..
    } = *question;
    let mut named = false;
    for token in snapshot
        .tokens(doc, name)
        .iter()
        .filter(|t| t.role() == Role::Status)
    {
        named = true;
        let word = snapshot.words().text(token.form(), snapshot.texts());
        let same = |m: &Meaning| matches!(m, Meaning::Status(kind) if kinds.contains(kind));
        if dictionary().meanings(word).iter().any(same) {
            return weights.status_match;
        }
    }
    match (snapshot.layer(doc), named) {
        (Layer::Street, true) => -weights.status_mismatch,
        (Layer::Street | Layer::District, false) => 0.0,
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
        "village" | "settlement" | "hamlet" => layer == Layer::Locality,
        "raion" | "hromada" | "commune" | "municipality" => layer == Layer::County,
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
        "bus_station" => category == "amenity=bus_station",
        "airport" => category == "aeroway=aerodrome",
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
        let tokens = (0..snapshot.names(doc).len()).flat_map(|n| snapshot.tokens(doc, n));
        let mut words = tokens.map(|t| snapshot.words().text(t.form(), snapshot.texts()));
        words.any(|w| {
            dictionary()
                .meanings(w)
                .iter()
                .any(|m| matches!(m, Meaning::Place(kind) if kinds.contains(kind)))
        })
    };
    match (fits, facility) {
        (true, _) => weights.status_match,
        (false, true) if !named() => -weights.facility_mismatch,
        _ => 0.0,
    }
}

/// The text's part of the score.
pub(super) fn rule(subject: &Subject<'_>, weights: &RankWeights) -> Option<Reason> {
    let m = subject.matched;
    let name = subject
        .question
        .snapshot
        .names(subject.doc)
        .get(m.name)
        .map_or("", |n| subject.question.snapshot.text(n.text));
    let fit = |(n, fit): &(usize, Option<Fit>)| {
        format!(
            "`{}` {}",
            subject.question.text.tokens[*n].token.fold,
            fit.map_or("not there", Fit::as_str)
        )
    };
    let words: Vec<String> = m.fits.iter().map(fit).collect();
    let why = format!(
        "{} «{name}»: {}; query covered {:.2}, name covered {:.2}",
        m.kind.as_str(),
        words.join(", "),
        m.query_covered,
        m.name_covered
    );
    Some(Reason {
        rule: "text",
        part: weights.text * m.score,
        why,
    })
}
