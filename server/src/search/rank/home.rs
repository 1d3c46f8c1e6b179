//! The settlement where the user stands: of two streets of one name the one in the same town comes first, and so does the
//! town itself.

use super::{RankWeights, Reason, Subject};
use geodata::Layer;

pub(super) fn rule(subject: &Subject<'_>, weights: &RankWeights) -> Option<Reason> {
    let home = subject.question.home?;
    let snapshot = subject.question.snapshot;
    let named_elsewhere = !subject.reading.areas.is_empty();
    let layer = snapshot.layer(subject.doc);
    if named_elsewhere || layer.is_area() && layer != Layer::District && subject.doc != home {
        return None;
    }
    let settlement = if layer.is_settlement() {
        Some(subject.doc)
    } else {
        snapshot.settlement(subject.doc)
    };
    (settlement == Some(home)).then(|| Reason {
        rule: "home",
        part: weights.home,
        why: subject.because(|| format!("in {}, where the focus is", snapshot.name_in(home, &[]))),
    })
}
