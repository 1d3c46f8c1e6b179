//! Static importance, and popularity learnt from use (tenfold steps).

use super::{RankWeights, Reason, Subject};

#[expect(
    clippy::cast_precision_loss,
    reason = "a rough count is enough for its logarithm"
)]
pub(super) fn rule(subject: &Subject<'_>, weights: &RankWeights) -> Option<Reason> {
    let place = subject.question.snapshot.place(subject.doc);
    let popularity = (1.0 + place.popularity as f32).log10();
    let mut part = weights.importance * place.importance + weights.popularity * popularity;
    if subject.asks_for_nearest() || subject.is_of_chain() {
        part *= weights.importance_in_category;
    }
    let why = subject.because(|| {
        format!(
            "importance {:.2}, asked for {} times",
            place.importance, place.popularity
        )
    });
    Some(Reason {
        rule: "importance",
        part,
        why,
    })
}
