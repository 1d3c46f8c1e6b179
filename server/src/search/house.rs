//! A number on a street → a house, honestly: what exists, what is between what exists, or only the street.

use super::question::Question;
use super::text::Door;
use geodata::snapshot::{DocId, EntranceRecord, House, Houses, NumberRow, Snapshot, TextId};
use geodata::{Housenumber, Layer, LonLat, Second, SourceId, interpolate};
use std::borrow::Cow;

/// Numbers that far apart are no neighbours.
const MAX_NUMBER_GAP: u32 = 40;
/// Neighbours that far apart say nothing of what is between them, in metres.
const MAX_GAP_M: f64 = 600.0;
/// How far a house may be from where its number was computed along an `addr:interpolation` line, in metres.
pub(super) const ALONG_LINE_M: f64 = 30.0;

/// How honest an answer to a house is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MatchState {
    /// The door that was asked for.
    Entrance,
    Exact,
    /// 12А was asked for, 12 exists.
    SuffixMissing,
    /// Between two neighbours on the right side.
    Interpolated,
    StreetOnly,
}

impl MatchState {
    pub fn as_str(self) -> &'static str {
        match self {
            MatchState::Entrance => "entrance",
            MatchState::Exact => "exact",
            MatchState::SuffixMissing => "suffix_missing",
            MatchState::Interpolated => "interpolated",
            MatchState::StreetOnly => "street_only",
        }
    }
}

/// The answer to "this number on this street".
#[derive(Debug, Clone, Copy)]
pub(super) struct HouseHit {
    pub(super) state: MatchState,
    /// The house's row among the houses of its street, when it exists.
    pub(super) row: Option<usize>,
    pub(super) point: LonLat,
    pub(super) number: ShownNumber,
    pub(super) uncertainty_m: f64,
    pub(super) source: SourceId,
    /// The number on the door, when the door is the answer.
    pub(super) door: Option<TextId>,
}

/// The number that an answer shows.
#[derive(Debug, Clone, Copy)]
pub(super) enum ShownNumber {
    /// None: the street is all there is.
    None,
    /// As the house has it.
    Written(TextId),
    /// Of a house that nobody has entered.
    Asked(u32),
}

impl HouseHit {
    /// The number to show; empty when there is none.
    pub(super) fn number<'s>(&self, snapshot: &'s Snapshot) -> Cow<'s, str> {
        match self.number {
            ShownNumber::None => Cow::Borrowed(""),
            ShownNumber::Written(text) => Cow::Borrowed(snapshot.text(text)),
            ShownNumber::Asked(number) => Cow::Owned(number.to_string()),
        }
    }
}

/// A number that is asked for on every candidate.
#[derive(Debug, Clone, Copy)]
pub(super) struct AskedNumber {
    number: Housenumber,
    /// Where the snapshot's numbers begin that have the same main number.
    pub(super) first: NumberRow,
}

impl AskedNumber {
    pub(super) fn of(number: Housenumber, snapshot: &Snapshot) -> AskedNumber {
        AskedNumber {
            number,
            first: snapshot.number_row(Housenumber::first_key(number.number)),
        }
    }
}

/// Finds a house; `None` when the place can have none.
pub(super) fn resolve_house(
    question: &Question<'_>,
    doc: DocId,
    asked: AskedNumber,
) -> Option<HouseHit> {
    let snapshot = question.snapshot;
    let houses = snapshot.houses(doc);
    if houses.is_empty() && snapshot.layer(doc) != Layer::Street {
        return None;
    }
    let found = find(houses, asked, question.query.focus);
    let exact = found.filter(|(_, state)| *state == MatchState::Exact);
    let corner = || {
        Some((
            find_corner(snapshot, houses, asked.number)?,
            MatchState::Exact,
        ))
    };
    match exact.or_else(corner).or(found) {
        Some((row, state)) => existing(question, (doc, row), state),
        None => Some(missing(snapshot, doc, asked)),
    }
}

/// The answer that a house gives, or its door where one is asked for.
fn existing(
    question: &Question<'_>,
    (doc, row): (DocId, usize),
    state: MatchState,
) -> Option<HouseHit> {
    let Question { snapshot, text, .. } = *question;
    let house = snapshot.houses(doc).get(row)?;
    let (state, uncertainty_m) = if house.is_interpolated() {
        (MatchState::Interpolated, ALONG_LINE_M)
    } else {
        (state, 0.0)
    };
    let mut hit = HouseHit {
        state,
        row: Some(row),
        point: house.point,
        number: ShownNumber::Written(house.number),
        uncertainty_m,
        source: house.source,
        door: None,
    };
    let asked = text.door.as_ref().filter(|d| !d.exit);
    let door = asked.and_then(|d| find_door(snapshot, snapshot.entrances(doc, row), d));
    if let Some(entrance) = door {
        hit.state = MatchState::Entrance;
        hit.point = entrance.point;
        hit.source = entrance.source;
        hit.door = Some(entrance.reference);
    }
    Some(hit)
}

/// The answer to a number that no house has: between its neighbours, else the street.
fn missing(snapshot: &Snapshot, doc: DocId, asked: AskedNumber) -> HouseHit {
    let street = snapshot.place(doc);
    let between = between(snapshot.houses(doc), asked);
    let (state, number) = match between {
        Some(_) => {
            let asked = ShownNumber::Asked(asked.number.number);
            (MatchState::Interpolated, asked)
        }
        None => (MatchState::StreetOnly, ShownNumber::None),
    };
    let (point, uncertainty_m) = between.unwrap_or((street.point, f64::from(street.radius_m)));
    HouseHit {
        state,
        row: None,
        point,
        number,
        uncertainty_m,
        source: SourceId::NONE,
        door: None,
    }
}

/// Other houses under the same number of the same street.
pub(super) fn twins_of(snapshot: &Snapshot, doc: DocId, hit: &HouseHit) -> Vec<HouseHit> {
    let houses = snapshot.houses(doc);
    let Some(found) = hit.row.and_then(|row| houses.get(row)) else {
        return Vec::new();
    };
    if hit.state != MatchState::Exact {
        return Vec::new();
    }
    let (before, others) = houses.split_at_key(found.key());
    let first = before.len();
    others
        .iter()
        .enumerate()
        .take_while(|(_, h)| h.key() == found.key())
        .filter(|(_, h)| h.source != found.source && !h.is_interpolated())
        .map(|(n, h)| HouseHit {
            row: Some(first + n),
            point: h.point,
            number: ShownNumber::Written(h.number),
            source: h.source,
            ..*hit
        })
        .collect()
}

/// The door with the asked number.
pub(super) fn find_door<'a>(
    snapshot: &Snapshot,
    doors: &'a [EntranceRecord],
    asked: &Door,
) -> Option<&'a EntranceRecord> {
    doors
        .iter()
        .find(|d| synonyms::fold(snapshot.text(d.reference)) == asked.reference)
}

/// The house that fits a number best, and how honestly.
fn find(
    houses: Houses<'_>,
    AskedNumber {
        number: asked,
        first,
    }: AskedNumber,
    focus: Option<LonLat>,
) -> Option<(usize, MatchState)> {
    let (before, others) = houses.split_at(first);
    let first = before.len();
    let same = others
        .iter()
        .take_while(|h| h.housenumber().number == asked.number)
        .enumerate();
    let far = |h: &House| focus.map_or(0.0, |f| f.distance_m(h.point));
    same.filter_map(|(n, h)| Some((misfit(asked, h.housenumber())?, far(&h), first + n)))
        .min_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)))
        .map(|(misfit, _, row)| {
            (
                row,
                if misfit == 0 {
                    MatchState::Exact
                } else {
                    MatchState::SuffixMissing
                },
            )
        })
}

/// A corner house of the crossing street under its whole number: it is kept here under the second half alone.
fn find_corner(snapshot: &Snapshot, houses: Houses<'_>, asked: Housenumber) -> Option<usize> {
    let Second::Fraction(second) = asked.second else {
        return None;
    };
    let (before, others) = houses.split_at_key(Housenumber::first_key(second));
    let tagged = |h: House| Housenumber::parse_tag(snapshot.text(h.number));
    let same = others
        .iter()
        .take_while(|h| h.housenumber().number == second);
    let at = same
        .map(|h| tagged(h).is_ok_and(|numbers| numbers.contains(&asked)))
        .position(|is_asked| is_asked)?;
    Some(before.len() + at)
}

/// How far a house's number is from the asked one, which has the same main number: 0 for the same. `None` when one
/// cannot stand for the other.
fn misfit(asked: Housenumber, house: Housenumber) -> Option<u32> {
    if asked == house {
        return Some(0);
    }
    let extra = |n: Housenumber| {
        let second = match n.second {
            Second::None => 0,
            Second::Fraction(_) => 3,
            Second::RangeTo(_) => 1,
        };
        u32::from(n.letter > 0) * 2
            + second
            + u32::from(n.second_letter > 0)
            + u32::from(n.corpus > 0) * 4
            + u32::from(n.building > 0) * 4
    };
    // 12 stands for 12А and 12/3; 12Б does not stand for 12А, nor 12к1 for 12к2.
    let same_letter = asked.letter == house.letter;
    if house.is_plain() {
        return Some(1 + extra(asked));
    }
    if asked.is_plain()
        || same_letter
            && extra(house) <= extra(asked)
            && house.corpus == 0
            && house.second == Second::None
    {
        return Some(20 + extra(house));
    }
    None
}

/// Between the nearest lower and higher numbers of the same parity.
fn between(houses: Houses<'_>, asked: AskedNumber) -> Option<(LonLat, f64)> {
    let (before, others) = houses.split_at(asked.first);
    let asked = asked.number;
    let parity = |h: &House| h.housenumber().number % 2 == asked.number % 2;
    let low = before.iter().rev().find(parity)?;
    let high = others.iter().find(parity)?;
    let (a, b) = (low.housenumber().number, high.housenumber().number);
    let gap_m = low.point.distance_m(high.point);
    if b - a > MAX_NUMBER_GAP || gap_m > MAX_GAP_M {
        return None;
    }
    let share = f64::from(asked.number - a) / f64::from(b - a);
    Some((
        interpolate(low.point, high.point, share),
        (gap_m / 2.0).max(10.0),
    ))
}
