//! House states: a house outranks a guess, a guess the bare street; a number on something that has none is against it.

use super::{RankWeights, Reason, Subject};
use crate::search::house::MatchState;
use std::ops::Range;

pub(super) fn rule(subject: &Subject<'_>, weights: &RankWeights) -> Option<Reason> {
    let (number, tokens) = subject.reading.house.as_ref()?;
    let (mut part, why) = match subject.house.map(|h| h.state) {
        Some(MatchState::Entrance) => (weights.house_entrance, "the entrance is there"),
        Some(MatchState::Exact) => (weights.house_exact, "the house is there"),
        Some(MatchState::SuffixMissing) => (
            weights.house_suffix_missing,
            "the number is there, its letter is not",
        ),
        Some(MatchState::Interpolated) => (weights.house_interpolated, "between its neighbours"),
        Some(MatchState::StreetOnly) => (weights.house_street_only, "only the street is there"),
        None => (-weights.house_impossible, "has no houses"),
    };
    if subject.matched.number_in_name && part > 0.0 {
        let why = subject.because(|| format!("number {number}: belongs to the name"));
        return Some(Reason {
            rule: "house",
            part: -weights.house_number_of_name,
            why,
        });
    }
    if has_numbers_swapped(subject, tokens) {
        part -= weights.house_numbers_swapped;
    }
    Some(Reason {
        rule: "house",
        part,
        why: subject.because(|| format!("number {number}: {why}")),
    })
}

/// «9 Травня 1» is hardly house 9 of «1 Травня»: of two numbers around the words of a name the second is the house's.
fn has_numbers_swapped(subject: &Subject<'_>, house: &Range<usize>) -> bool {
    let tokens = &subject.question.text.tokens;
    match subject.reading.name[..] {
        [first, .., last] => house.end <= first && tokens[last].token.is_number(),
        _ => false,
    }
}
