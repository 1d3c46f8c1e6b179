//! The work that one query may cost, whatever is typed.

use std::cell::Cell;

/// The most steps through lists of documents.
pub const MAX_STEPS: usize = 2_000_000;
/// The most candidates that are rated, each under one reading.
pub const MAX_RATED: usize = 30_000;

/// What is left of it, and so what was used.
#[derive(Debug)]
pub(super) struct Budget {
    steps: Cell<usize>,
    rated: Cell<usize>,
}

impl Budget {
    pub(super) fn new() -> Budget {
        Budget {
            steps: Cell::new(MAX_STEPS),
            rated: Cell::new(MAX_RATED),
        }
    }

    /// Takes some steps; `false` when none was left.
    pub(super) fn step(&self, steps: usize) -> bool {
        take(&self.steps, steps)
    }

    /// Takes the rating of one candidate; `false` when none is left.
    pub(super) fn rate(&self) -> bool {
        take(&self.rated, 1)
    }

    pub(super) fn used(&self) -> Work {
        Work {
            steps: MAX_STEPS - self.steps.get(),
            rated: MAX_RATED - self.rated.get(),
        }
    }
}

fn take(left: &Cell<usize>, count: usize) -> bool {
    let now = left.get();
    left.set(now.saturating_sub(count));
    now > 0
}

/// The work that a query cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Work {
    /// Steps through lists of documents, at most [`MAX_STEPS`].
    pub steps: usize,
    /// Candidates that were rated, at most [`MAX_RATED`].
    pub rated: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_ends() {
        let budget = Budget::new();
        let rated = (0..MAX_RATED + 5).filter(|_| budget.rate()).count();
        assert_eq!(rated, MAX_RATED);
        assert!(budget.step(1));
        assert_eq!(
            budget.used(),
            Work {
                steps: 1,
                rated: MAX_RATED
            }
        );
    }
}
