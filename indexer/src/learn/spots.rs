//! Pickups of one place → the spots where cars stopped.
//!
//! First what is dense: DBSCAN (Ester et al., 1996) leaves out pickups that are somewhere by themselves. Spots may be as
//! near to each other as phones are inaccurate, so a dense crowd is then taken apart from its peak: the pickup with the
//! highest weight around it, moved by mean shift (Comaniciu and Meer, 2002) to where the weight is, gives the spot; its
//! pickups are taken out, and the rest is looked at again. Accurate and new pickups weigh more.

use super::rows::Pickup;
use geodata::LonLat;
use geodata::base::Spot;

/// The fewest different riders of a spot, and of a place to say anything: no rider's door is learnt from that rider.
pub const MIN_RIDERS: usize = 5;
/// Pickups are neighbours within this distance, in metres: what is between two entrances of a block.
const EPS_M: f64 = 14.0;
/// A pickup with so many neighbours, itself among them, is in a crowd.
const MIN_NEIGHBOURS: usize = 5;
/// The width of the bell by which weights around a point count, in metres: half of what is between two entrances.
const BELL_M: f64 = 6.0;
/// Pickups within this distance of a spot are its own, in metres, or within [`OWN_RADII`] times their own radius.
const OWN_M: f64 = 8.0;
const OWN_RADII: f64 = 1.3;
/// Nearer to a heavier spot than this, in metres, is what is left of that one.
const APART_M: f64 = 10.0;
/// Steps of mean shift, and the one that is too small to go on, in metres.
const MAX_STEPS: usize = 50;
const LAST_STEP_M: f64 = 0.01;
/// A smaller share of the place's weight is chance.
const MIN_SHARE: f64 = 0.05;
/// The fewest pickups of a spot, counted by age.
const MIN_AGED: f64 = 1.0;
/// After so many days a pickup counts half.
const HALF_LIFE_DAYS: f64 = 90.0;
/// No phone is more accurate, in metres.
const BEST_ACCURACY_M: f64 = 4.0;
const DAY_MS: f64 = 86_400_000.0;
/// The newest pickups of a place that are looked at: distances are compared pair by pair.
const MAX_PICKUPS: usize = 3_000;

/// A pickup on the plane around its place, in metres.
#[derive(Debug, Clone, Copy)]
struct Flat<'a> {
    pickup: &'a Pickup,
    x: f64,
    y: f64,
    /// By age, 0 to 1.
    aged: f64,
    /// By age and accuracy.
    weight: f64,
}

/// The spots of one place, the heaviest first. `newest_ms` is when the newest pickup of all places was.
pub fn find_spots(pickups: &[Pickup], newest_ms: i64) -> Vec<Spot> {
    let mut newest: Vec<&Pickup> = pickups.iter().collect();
    // The order of the lines does not matter.
    newest.sort_by_key(|p| (std::cmp::Reverse(p.at_ms), p.rider, p.point));
    newest.truncate(MAX_PICKUPS);
    let Some(origin) = newest.first().map(|p| p.point) else {
        return Vec::new();
    };
    let all: Vec<Flat> = newest
        .into_iter()
        .map(|p| flatten(p, origin, newest_ms))
        .collect();
    let total: f64 = all.iter().map(|p| p.weight).sum();
    let mut rest: Vec<Flat> = all;
    let mut spots = Vec::new();
    loop {
        rest = dense(rest);
        let Some(centre) = peak(&rest) else {
            break;
        };
        let (own, others): (Vec<Flat>, Vec<Flat>) =
            rest.iter().copied().partition(|p| p.belongs_to(centre));
        if let Some(spot) = spot_of(&own, centre, (origin, total)) {
            spots.push(spot);
        }
        // The peak itself is always among its own.
        rest = others;
    }
    spots.sort_by_key(|s: &Spot| (std::cmp::Reverse(s.share_permille), s.point));
    apart(spots)
}

/// Without what is left around a heavier spot.
fn apart(spots: Vec<Spot>) -> Vec<Spot> {
    let mut kept: Vec<Spot> = Vec::with_capacity(spots.len());
    for spot in spots {
        let left_over = |k: &Spot| k.point.distance_m(spot.point) < APART_M;
        if !kept.iter().any(left_over) {
            kept.push(spot);
        }
    }
    kept
}

#[expect(
    clippy::cast_precision_loss,
    reason = "milliseconds of centuries are exact"
)]
fn flatten(pickup: &Pickup, origin: LonLat, newest_ms: i64) -> Flat<'_> {
    let (x, y) = origin.offset_m(pickup.point);
    let days = newest_ms.saturating_sub(pickup.at_ms).max(0) as f64 / DAY_MS;
    let aged = (-days / HALF_LIFE_DAYS).exp2();
    let sure = BEST_ACCURACY_M / pickup.accuracy_m.max(BEST_ACCURACY_M);
    Flat {
        pickup,
        x,
        y,
        aged,
        weight: aged * sure * sure,
    }
}

impl Flat<'_> {
    fn way_m(&self, (x, y): (f64, f64)) -> f64 {
        (self.x - x).hypot(self.y - y)
    }

    fn belongs_to(&self, centre: (f64, f64)) -> bool {
        self.way_m(centre) <= OWN_M.max(OWN_RADII * self.pickup.accuracy_m)
    }

    /// What its weight is worth at a point.
    fn bell(&self, at: (f64, f64)) -> f64 {
        let share = self.way_m(at) / BELL_M;
        self.weight * (-share * share / 2.0).exp()
    }
}

/// Only what is in a crowd or at the edge of one.
fn dense(pickups: Vec<Flat<'_>>) -> Vec<Flat<'_>> {
    let neighbours = |p: &Flat| {
        let near = pickups.iter().filter(|q| q.way_m((p.x, p.y)) <= EPS_M);
        near.count()
    };
    let core: Vec<bool> = pickups
        .iter()
        .map(|p| neighbours(p) >= MIN_NEIGHBOURS)
        .collect();
    let kept = |p: &&Flat| {
        let mut cores = pickups.iter().zip(&core).filter(|(_, core)| **core);
        cores.any(|(q, _)| q.way_m((p.x, p.y)) <= EPS_M)
    };
    pickups.iter().filter(kept).copied().collect()
}

/// Where the weight is highest.
fn peak(pickups: &[Flat<'_>]) -> Option<(f64, f64)> {
    let height = |at: (f64, f64)| pickups.iter().map(|p| p.bell(at)).sum::<f64>();
    let heights = pickups.iter().map(|p| ((p.x, p.y), height((p.x, p.y))));
    let (medoid, _) = heights.max_by(|a, b| a.1.total_cmp(&b.1))?;
    let mut centre = medoid;
    for _ in 0..MAX_STEPS {
        let bells: Vec<f64> = pickups.iter().map(|p| p.bell(centre)).collect();
        let sum: f64 = bells.iter().sum();
        let mean = |of: fn(&Flat) -> f64| {
            let parts = pickups.iter().zip(&bells).map(|(p, bell)| of(p) * bell);
            parts.sum::<f64>() / sum
        };
        let next = (mean(|p| p.x), mean(|p| p.y));
        let step = (next.0 - centre.0).hypot(next.1 - centre.1);
        centre = next;
        if step < LAST_STEP_M {
            break;
        }
    }
    let own = pickups.iter().any(|p| p.belongs_to(centre));
    Some(if own { centre } else { medoid })
}

/// The spot of a peak, if enough riders bear it out.
fn spot_of(own: &[Flat<'_>], centre: (f64, f64), (origin, total): (LonLat, f64)) -> Option<Spot> {
    let mut riders: Vec<u64> = own.iter().map(|p| p.pickup.rider).collect();
    riders.sort_unstable();
    riders.dedup();
    let share = own.iter().map(|p| p.weight).sum::<f64>() / total;
    let aged: f64 = own.iter().map(|p| p.aged).sum();
    if riders.len() < MIN_RIDERS || share < MIN_SHARE || aged < MIN_AGED {
        return None;
    }
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Some(Spot {
        point: beside(origin, centre),
        riders: count(riders.len()),
        pickups: count(own.len()),
        share_permille: permille(share),
        newest_ms: own.iter().map(|p| p.pickup.at_ms).max()?,
    })
}

/// The point so many metres east and north of another one.
fn beside(origin: LonLat, (east_m, north_m): (f64, f64)) -> LonLat {
    // A degree's length by the same plane as `LonLat::offset_m` has.
    let degree = LonLat::clamped(origin.lon() + 0.01, origin.lat() + 0.01);
    let (wide, high) = origin.offset_m(degree);
    LonLat::clamped(
        origin.lon() + 0.01 * east_m / wide,
        origin.lat() + 0.01 * north_m / high,
    )
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share is between 0 and 1"
)]
fn permille(share: f64) -> u16 {
    (share.clamp(0.0, 1.0) * 1000.0).round() as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: i64 = 1_769_824_800_000;

    /// A rider's pickup so many metres from the place.
    fn pickup(rider: u64, (x, y): (f64, f64), (days, accuracy_m): (i64, f64)) -> Pickup {
        Pickup {
            rider,
            point: beside(LonLat::clamped(30.5, 50.45), (x, y)),
            accuracy_m,
            at_ms: NOW_MS - days * 86_400_000,
        }
    }

    fn way_m(spot: &Spot, (x, y): (f64, f64)) -> f64 {
        spot.point
            .distance_m(beside(LonLat::clamped(30.5, 50.45), (x, y)))
    }

    #[test]
    fn four_riders_are_not_enough_however_often_they_ride() {
        let rides = |riders: u64| -> Vec<Pickup> {
            (0..40)
                .map(|n| pickup(n % riders, (10.0, 0.0), (0, 5.0)))
                .collect()
        };
        assert_eq!(find_spots(&rides(4), NOW_MS), []);
        let [spot] = find_spots(&rides(5), NOW_MS)[..] else {
            panic!("one spot")
        };
        assert_eq!(
            (spot.riders, spot.pickups, spot.share_permille),
            (5, 40, 1000)
        );
        assert!(way_m(&spot, (10.0, 0.0)) < 0.1);
    }

    #[test]
    fn accurate_phones_count_more_and_wild_points_not_at_all() {
        let mut rows: Vec<Pickup> = (0..10).map(|n| pickup(n, (0.0, 0.0), (0, 4.0))).collect();
        rows.extend((10..20).map(|n| pickup(n, (9.0, 0.0), (0, 30.0))));
        rows.extend((20..24).map(|n| pickup(n, (80.0 + n as f64 * 30.0, 60.0), (0, 4.0))));
        let spots = find_spots(&rows, NOW_MS);
        assert_eq!(spots.len(), 1, "{spots:?}");
        assert!(way_m(&spots[0], (0.0, 0.0)) < 0.5, "{spots:?}");
        assert_eq!(spots[0].riders, 20);
    }

    #[test]
    fn entrances_side_by_side_are_told_apart() {
        let at = |n: u64, x: f64| {
            let wobble = (n % 5) as f64 - 2.0;
            pickup(n, (x + wobble, wobble / 2.0), (0, 5.0))
        };
        let mut rows: Vec<Pickup> = (0..30).map(|n| at(n, 0.0)).collect();
        rows.extend((30..40).map(|n| at(n, 15.0)));
        let spots = find_spots(&rows, NOW_MS);
        assert_eq!(spots.len(), 2, "{spots:?}");
        assert!(way_m(&spots[0], (0.0, 0.0)) < 1.5 && way_m(&spots[1], (15.0, 0.0)) < 1.5);
        assert!(spots[0].share_permille > spots[1].share_permille);
    }

    #[test]
    fn ageing_moves_the_heaviest_spot_to_where_cars_stop_now() {
        let mut rows: Vec<Pickup> = (0..40).map(|n| pickup(n, (0.0, 0.0), (360, 5.0))).collect();
        rows.extend((40..50).map(|n| pickup(n, (60.0, 0.0), (1, 5.0))));
        let spots = find_spots(&rows, NOW_MS);
        assert!(way_m(&spots[0], (60.0, 0.0)) < 0.5, "{spots:?}");
        let of_old = find_spots(&rows[..40], NOW_MS - 360 * 86_400_000);
        assert!(way_m(&of_old[0], (0.0, 0.0)) < 0.5);
        assert_eq!(
            find_spots(&rows[..5], NOW_MS + 900 * 86_400_000),
            [],
            "five rides, years ago"
        );
    }

    #[test]
    fn the_order_of_lines_does_not_matter() {
        let mut rows: Vec<Pickup> = (0..60)
            .map(|n| {
                pickup(
                    n,
                    ((n * 7 % 23) as f64, (n * 5 % 17) as f64),
                    (n as i64 % 9, 6.0),
                )
            })
            .collect();
        let spots = find_spots(&rows, NOW_MS);
        rows.reverse();
        assert_eq!(find_spots(&rows, NOW_MS), spots);
        assert!(!spots.is_empty());
    }
}
