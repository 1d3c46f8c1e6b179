//! `addr:interpolation` lines: houses between the numbered ends.

use super::World;
use crate::osm::{Interpolation, Parity, RawHouse};
use crate::report::RejectReason;
use geodata::{Housenumber, LonLat, SourceId, interpolate};
use rustc_hash::FxHashMap;

/// How many numbers an interpolation line may span.
const MAX_INTERPOLATED: u32 = 200;

/// Houses between the numbered ends of `addr:interpolation` lines.
pub(super) fn interpolated(
    lines: &[Interpolation],
    houses: &[RawHouse],
    world: &mut World,
) -> Vec<RawHouse> {
    if lines.is_empty() {
        return Vec::new();
    }
    let by_source: FxHashMap<SourceId, &RawHouse> = houses.iter().map(|h| (h.source, h)).collect();
    let mut made = Vec::new();
    for line in lines {
        let numbered: Vec<(usize, &RawHouse, u32)> = line
            .line
            .iter()
            .enumerate()
            .filter_map(|(n, (node, _))| {
                let house = by_source.get(node)?;
                let number = Housenumber::parse_tag(world.drafts.atoms.get(house.address.number))
                    .ok()?
                    .first()?
                    .number;
                Some((n, *house, number))
            })
            .collect();
        if numbered.len() < 2 {
            world.rejects.add(
                RejectReason::InterpolationWithoutEnds,
                &line.source.to_string(),
            );
        }
        for pair in numbered.windows(2) {
            let (low, high) = if pair[0].2 <= pair[1].2 {
                (&pair[0], &pair[1])
            } else {
                (&pair[1], &pair[0])
            };
            if high.2 - low.2 > MAX_INTERPOLATED {
                world
                    .rejects
                    .add(RejectReason::InterpolationTooLong, &line.source.to_string());
                continue;
            }
            let mut points: Vec<LonLat> = line.line[pair[0].0..=pair[1].0]
                .iter()
                .map(|(_, p)| *p)
                .collect();
            if low.0 > high.0 {
                points.reverse();
            }
            let step = if line.parity == Parity::All { 1 } else { 2 };
            for number in (low.2 + step..high.2).step_by(step as usize) {
                let share = f64::from(number - low.2) / f64::from(high.2 - low.2);
                let mut address = low.1.address;
                address.number = world.drafts.atoms.intern(&number.to_string());
                made.push(RawHouse {
                    source: line.source,
                    address,
                    point: along(&points, share),
                    interpolated: true,
                });
            }
        }
    }
    made
}

/// The point at `share` of a line's length.
fn along(line: &[LonLat], share: f64) -> LonLat {
    let total: f64 = line.windows(2).map(|p| p[0].distance_m(p[1])).sum();
    let mut left = total * share;
    for pair in line.windows(2) {
        let length = pair[0].distance_m(pair[1]);
        if left <= length && length > 0.0 {
            return interpolate(pair[0], pair[1], left / length);
        }
        left -= length;
    }
    line[line.len() - 1]
}
