//! Corner houses: `12/3` is also 3 on the street that it borders.

use super::{World, row, streets};
use geodata::draft::{Draft, DraftHouse};
use geodata::{Housenumber, LonLat, Second};
use rayon::prelude::*;

/// A corner house lies this close to the crossing street, in metres.
const CORNER_M: f64 = 90.0;
/// Neighbours of a corner house lie this close, in metres.
const AROUND_M: f64 = 240.0;
/// Its number there must lie this close to the numbers of its neighbours.
const CORNER_NUMBERS: u32 = 24;
/// Houses that may claim one number: a crossing has four corners.
const MAX_CLAIMS: usize = 4;
/// Claims of houses that are so much farther from the street than the nearest one fall, in metres.
const CLAIM_SPREAD_M: u32 = 30;

/// `12/3` is found as 12 on its street where no other house has that number, and as 3 on the street that it borders.
pub(super) fn add_corners(world: &mut World) {
    // Of several claims to a number those of the nearest houses hold.
    let drafts = world
        .drafts
        .places
        .par_iter()
        .zip(0..row(world.drafts.places.len()));
    let claims = drafts.flat_map_iter(|(draft, n)| claims_of(draft, n, world));
    let mut more: Vec<Claim> = claims.collect();
    more.par_sort_unstable_by_key(|(street, key, distance, house)| {
        (*street, *key, *distance, house.source)
    });
    for claims in more.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        let nearest = claims[0].2;
        let holds = |c: &&Claim| c.2 <= nearest + CLAIM_SPREAD_M;
        for (street, key, distance, house) in claims.iter().filter(holds).take(MAX_CLAIMS) {
            let houses = &mut world.drafts.places[*street as usize].houses;
            let at = houses.partition_point(|h| h.key < *key);
            houses.insert(
                at,
                DraftHouse {
                    key: *key,
                    corner: *distance > 0,
                    ..*house
                },
            );
        }
    }
}

/// (street, key, distance from the street in metres, house); the distance is zero on the house's own street, and greater on
/// any other.
type Claim = (u32, u64, u32, DraftHouse);

/// The numbers that the corner houses of a street claim, there and on the streets that cross it.
fn claims_of(draft: &Draft, n: u32, world: &World) -> Vec<Claim> {
    let mut more = Vec::new();
    for house in &draft.houses {
        let number = Housenumber::from_key(house.key);
        let Second::Fraction(other) = number.second else {
            continue;
        };
        let own = Housenumber {
            letter: number.letter,
            ..Housenumber::plain(number.number)
        }
        .key();
        if !has_key(draft, own) && is_only_fraction(draft, number.number) {
            more.push((n, own, 0, *house));
        }
        let mut crossing: Vec<u32> = draft.crossings.iter().map(|(street, _)| *street).collect();
        crossing.dedup();
        for street in crossing.into_iter().filter(|street| *street != n) {
            if let Some(distance) =
                corner_distance(&world.drafts.places[street as usize], house.point, other)
            {
                let key = Housenumber {
                    letter: number.second_letter,
                    ..Housenumber::plain(other)
                }
                .key();
                more.push((street, key, 1 + distance, *house));
            }
        }
    }
    more
}

fn has_key(draft: &Draft, key: u64) -> bool {
    draft.houses.binary_search_by_key(&key, |h| h.key).is_ok()
}

/// Whether a number has one fraction only: 12/1, 12/2 and 12/3 are buildings of one plot, and none of them is 12.
fn is_only_fraction(draft: &Draft, number: u32) -> bool {
    let first = draft
        .houses
        .partition_point(|h| h.key < Housenumber::first_key(number));
    let same = draft.houses[first..]
        .iter()
        .take_while(|h| h.key < Housenumber::first_key(number + 1));
    same.filter(|h| matches!(Housenumber::from_key(h.key).second, Second::Fraction(_)))
        .count()
        == 1
}

/// How far a house is from a street on which it can bear `number`, in metres: it borders the street, nobody else has the
/// number, and the houses around have numbers like it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "at most CORNER_M"
)]
fn corner_distance(street: &Draft, point: LonLat, number: u32) -> Option<u32> {
    let distance = streets::distance_to(street, point);
    if has_key(street, Housenumber::plain(number).key()) || distance > CORNER_M {
        return None;
    }
    let around = street
        .houses
        .iter()
        .filter(|h| h.point.distance_m(point) <= AROUND_M);
    let mut numbers = around
        .map(|h| Housenumber::from_key(h.key).number)
        .peekable();
    let fits = numbers.peek().is_none() || numbers.any(|n| n.abs_diff(number) <= CORNER_NUMBERS);
    fits.then_some(distance as u32)
}
