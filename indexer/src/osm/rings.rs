//! Rings from the ways of a multipolygon relation.
//!
//! Ways are joined end to end, whatever their direction, until a ring closes. Outer and inner rings need no telling
//! apart here: areas are evaluated by the even-odd rule. What does not close is reported, never fatal.

use rustc_hash::FxHashMap;
use thiserror::Error;

/// Why a relation has no shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RingError {
    #[error("no member ways in the file")]
    NoWays,
    #[error("no ring closes")]
    Open,
}

/// The rings that close, as node ids with the first repeated at the end, and whether some ways were left over.
///
/// # Errors
/// When no ring closes at all.
pub fn assemble_rings(ways: &[&[i64]]) -> Result<(Vec<Vec<i64>>, bool), RingError> {
    let ways: Vec<&[i64]> = ways.iter().copied().filter(|w| w.len() >= 2).collect();
    if ways.is_empty() {
        return Err(RingError::NoWays);
    }
    let mut ends: FxHashMap<i64, Vec<usize>> = FxHashMap::default();
    for (n, way) in ways.iter().enumerate() {
        ends.entry(way[0]).or_default().push(n);
        ends.entry(way[way.len() - 1]).or_default().push(n);
    }
    let mut used = vec![false; ways.len()];
    let (mut rings, mut left_over) = (Vec::new(), false);
    for start in 0..ways.len() {
        if used[start] {
            continue;
        }
        used[start] = true;
        let mut ring = ways[start].to_vec();
        while ring[0] != ring[ring.len() - 1] {
            let end = ring[ring.len() - 1];
            let next = ends
                .get(&end)
                .and_then(|candidates| candidates.iter().copied().find(|n| !used[*n]));
            let Some(next) = next else { break };
            used[next] = true;
            append(&mut ring, ways[next]);
        }
        let closed = ring[0] == ring[ring.len() - 1] && ring.len() >= 4;
        if closed {
            rings.push(ring)
        } else {
            left_over = true
        }
    }
    if rings.is_empty() {
        Err(RingError::Open)
    } else {
        Ok((rings, left_over))
    }
}

fn append(ring: &mut Vec<i64>, way: &[i64]) {
    if ring.last() == way.first() {
        ring.extend_from_slice(&way[1..]);
    } else {
        ring.extend(way.iter().rev().skip(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_join_in_any_direction_and_order() {
        let (rings, left_over) = assemble_rings(&[&[1, 2, 3], &[5, 4, 3], &[5, 1]]).unwrap();
        assert_eq!((rings, left_over), (vec![vec![1, 2, 3, 4, 5, 1]], false));
    }

    #[test]
    fn a_ring_survives_another_that_is_broken() {
        let (rings, left_over) = assemble_rings(&[&[1, 2, 3, 1], &[7, 8], &[9, 8]]).unwrap();
        assert_eq!((rings, left_over), (vec![vec![1, 2, 3, 1]], true));
    }

    #[test]
    fn nothing_that_closes_is_an_error() {
        assert_eq!(assemble_rings(&[&[1, 2], &[2, 3]]), Err(RingError::Open));
        assert_eq!(assemble_rings(&[&[1]]), Err(RingError::NoWays));
    }
}
