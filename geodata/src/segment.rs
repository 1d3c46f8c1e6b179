//! Segments of a plane: where they cross, and what of them lies in a box. Coordinates are (x, y) in any unit.

type Xy = (f64, f64);

/// Whether two segments cross; those that only touch do not.
pub(crate) fn cross((a, b): (Xy, Xy), (c, d): (Xy, Xy)) -> bool {
    turn(a, b, c) * turn(a, b, d) < 0.0 && turn(c, d, a) * turn(c, d, b) < 0.0
}

/// Twice the area of a triangle: positive when it turns to the left.
pub(crate) fn turn(a: Xy, b: Xy, c: Xy) -> f64 {
    (b.0 - a.0) * (c.1 - a.1) - (b.1 - a.1) * (c.0 - a.0)
}

/// The part of a segment that lies in the box between two corners, as shares of its way; `None` where it is outside
/// (Liang and Barsky, 1984).
pub(crate) fn clip((from, to): (Xy, Xy), (low, high): (Xy, Xy)) -> Option<(f64, f64)> {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let sides = [
        (-dx, from.0 - low.0),
        (dx, high.0 - from.0),
        (-dy, from.1 - low.1),
        (dy, high.1 - from.1),
    ];
    let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
    for (step, room) in sides {
        if step.abs() <= f64::EPSILON {
            if room < 0.0 {
                return None;
            }
        } else if step < 0.0 {
            enter = enter.max(room / step);
        } else {
            leave = leave.min(room / step);
        }
    }
    (enter <= leave).then_some((enter, leave))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_cross_where_they_do() {
        let diagonal = ((0.0, 0.0), (2.0, 2.0));
        assert!(cross(diagonal, ((0.0, 2.0), (2.0, 0.0))));
        assert!(!cross(diagonal, ((3.0, 2.0), (2.0, 3.0))));
        assert!(!cross(diagonal, ((2.0, 2.0), (3.0, 0.0))));
    }

    #[test]
    fn what_lies_in_the_box_is_kept() {
        let unit = ((0.0, 0.0), (1.0, 1.0));
        assert_eq!(clip(((-1.0, 0.5), (3.0, 0.5)), unit), Some((0.25, 0.5)));
        assert_eq!(clip(((0.2, 0.2), (0.8, 0.9)), unit), Some((0.0, 1.0)));
        assert_eq!(clip(((-1.0, 0.5), (0.5, 2.5)), unit), None);
        assert_eq!(clip(((2.0, 0.0), (2.0, 1.0)), unit), None);
        assert_eq!(clip(((0.5, 0.5), (0.5, 0.5)), unit), Some((0.0, 1.0)));
    }
}
