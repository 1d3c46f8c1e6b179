//! Search in sorted rows for what lies close to where one stands (J. Bentley and A. Yao, "An almost optimal algorithm for
//! unbounded searching", 1976).

/// Rows that are looked at one by one before larger steps are made.
const STEPS: usize = 4;

/// How many rows at the beginning something holds for, if it holds for none behind them: most searches end after a few,
/// some go far.
pub(super) fn gallop<T>(rows: &[T], holds: impl Fn(&T) -> bool) -> usize {
    let ends = |n: usize| !rows.get(n).is_some_and(&holds);
    if let Some(near) = (0..STEPS).find(|n| ends(*n)) {
        return near.min(rows.len());
    }
    let mut reach = STEPS;
    while !ends(reach) {
        reach *= 2;
    }
    let (from, to) = (reach / 2, reach.min(rows.len()));
    from + rows[from..to].partition_point(holds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_found_from_the_beginning() {
        let rows: Vec<usize> = (0..70).collect();
        for length in 0..=rows.len() {
            for wanted in 0..=length {
                let rows = &rows[..length];
                assert_eq!(gallop(rows, |row| *row < wanted), wanted);
            }
        }
    }
}
