//! Houses that a number on its way may become: «Хрещатик 1» also offers 10, 12 and 15А, those that are asked for most
//! first.

use super::found::Found;
use super::gather::{Ranked, Run};
use super::house::{HouseHit, MatchState};
use super::text::QueryText;
use geodata::snapshot::{DocId, Snapshot};
use geodata::{LonLat, SourceId};
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
        first: Option<&Ranked>,
        text: &QueryText,
        mut results: Vec<Found>,
    ) -> Vec<Found> {
        let Some((first, typed)) = first.zip(text.number_at_end()) else {
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
        let typed: String = typed.iter().map(|t| t.token.fold.as_str()).collect();
        let offered = houses_beginning(self.snapshot, first.doc, &typed)
            .into_iter()
            .map(|hit| {
                let ranked = Ranked {
                    point: hit.point,
                    house: Some(hit),
                    ..first.clone()
                };
                self.found(ranked, text)
            })
            .filter(|f| results.iter().all(|r| r.label.text != f.label.text))
            .take(MAX_OFFERED)
            .collect::<Vec<Found>>();
        let at = place.min(results.len());
        results.splice(at..at, offered);
        results.truncate(self.query.limit);
        results
    }
}

/// Houses of a street whose number, written without separators, begins like the typed one, the most popular first.
fn houses_beginning(snapshot: &Snapshot, doc: DocId, typed: &str) -> Vec<HouseHit> {
    let houses = snapshot.houses(doc).iter().enumerate();
    let mut begun: Vec<(Reverse<u32>, usize, SourceId, LonLat, &str)> = houses
        .filter(|(_, h)| !h.is_interpolated())
        .filter_map(|(row, h)| {
            let number = snapshot.text(h.number);
            let written: String = tokenize(number).into_iter().map(|t| t.fold).collect();
            let begins = written.len() > typed.len() && written.starts_with(typed);
            let popularity = Reverse(snapshot.house_popularity(doc, row));
            begins.then_some((popularity, row, h.source, h.point, number))
        })
        .collect();
    begun.sort_unstable_by_key(|(popularity, row, ..)| (*popularity, *row));
    begun
        .into_iter()
        .map(|(_, row, source, point, number)| HouseHit {
            state: MatchState::Exact,
            row: Some(row),
            point,
            number: number.to_owned(),
            uncertainty_m: 0.0,
            source,
            door: None,
        })
        .collect()
}
