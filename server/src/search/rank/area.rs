//! Named areas: a place in the settlement that the query names.

use super::{RankWeights, Reason, Subject};

pub(super) fn rule(subject: &Subject<'_>, weights: &RankWeights) -> Option<Reason> {
    let area = subject.area?;
    Some(Reason {
        rule: "area",
        part: weights.area * area.quality,
        why: subject.because(|| {
            let name = subject.question.snapshot.name_in(area.doc, &[]);
            format!("lies in «{name}», which the query names")
        }),
    })
}
