//! Houses that a number on its way may become: «Хрещатик 1» also offers 10, 12 and 15А, those that are asked for most
//! first.

use super::found::Found;
use super::gather::Run;
use super::house::{HouseHit, MatchState, ShownNumber};
use super::pool::Ranked;
use super::text::QueryText;
use geodata::snapshot::{DocId, Snapshot, TextId};
use geodata::{LonLat, SourceId};
use rustc_hash::FxHashSet;
use std::cmp::Reverse;
use synonyms::tokenize;

/// The most houses that are offered.
const MAX_OFFERED: usize = 3;
/// Results that stand before them when the number that was typed exists.
const BEHIND_EXACT: usize = 3;

impl Run<'_> {
    /// Puts houses of the first street whose number begins like the typed one among the results.
    pub(super) fn offer_houses(
        &self,
        first: &Ranked,
        text: &QueryText,
        mut results: Vec<Found>,
    ) -> Vec<Found> {
        let Some(typed) = text.number_at_end() else {
            return results;
        };
        let Some(asked) = &first.house else {
            return results;
        };
        let place = if asked.state == MatchState::Exact {
            BEHIND_EXACT
        } else {
            1
        };
        let typed: Vec<&str> = typed.iter().map(|t| t.token.fold.as_str()).collect();
        let offered = houses_beginning(self.snapshot, first.doc, &typed)
            .into_iter()
            .map(|hit| self.found(&first.with_house(hit), text))
            .filter(|f| {
                self.query.admits(f) && results.iter().all(|r| r.label.text != f.label.text)
            })
            .take(MAX_OFFERED)
            .collect::<Vec<Found>>();
        let at = place.min(results.len());
        results.splice(at..at, offered);
        results.truncate(self.query.limit);
        results
    }
}

/// Houses of a street whose number begins like the typed one, part by part, the most popular first.
fn houses_beginning(snapshot: &Snapshot, doc: DocId, typed: &[&str]) -> Vec<HouseHit> {
    let Some((last, before)) = typed.split_last() else {
        return Vec::new();
    };
    // A look at the first digits spares reading most numbers in full.
    let first = before.first().unwrap_or(last);
    let digits = first.bytes().all(|b| b.is_ascii_digit());
    let may_begin = |number: &str| {
        let written = number.trim_start_matches(|c: char| !c.is_alphanumeric());
        !digits || written.starts_with(first)
    };
    let begins = |number: &str| {
        if !may_begin(number) {
            return false;
        }
        let parts: Vec<String> = tokenize(number).into_iter().map(|t| t.fold).collect();
        let Some(next) = parts.get(before.len()) else {
            return false;
        };
        let goes_on = parts.len() > typed.len() || next.len() > last.len();
        goes_on && before.iter().eq(&parts[..before.len()]) && next.starts_with(last)
    };
    let houses = snapshot.houses(doc).iter().enumerate();
    let mut begun: Vec<(Reverse<u32>, usize, SourceId, LonLat, TextId)> = houses
        .filter(|(_, h)| !h.is_interpolated() && begins(snapshot.text(h.number)))
        .map(|(row, h)| {
            let popularity = Reverse(snapshot.house_popularity(doc, row));
            (popularity, row, h.source, h.point, h.number)
        })
        .collect();
    begun.sort_unstable_by_key(|(popularity, row, ..)| (*popularity, *row));
    // A range, a list and a corner have a record for each of their numbers.
    let mut seen = FxHashSet::default();
    begun.retain(|(_, _, source, _, number)| seen.insert((*source, *number)));
    begun
        .into_iter()
        .map(|(_, row, source, point, number)| HouseHit {
            state: MatchState::Exact,
            row: Some(row),
            point,
            number: ShownNumber::Written(number),
            uncertainty_m: 0.0,
            source,
            door: None,
        })
        .collect()
}
