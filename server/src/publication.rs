//! Accepted reports become published when their address is searchable: at once for who asks, and of itself for those
//! who only look at the queue, at figures or at the base.

use crate::casefile::look_up;
use crate::error::ApiError;
use crate::state::AppState;
use geodata::base::{
    BaseError, Case, CaseChange, CaseFilter, CaseState, EditState, MAX_EDITS, Report,
};
use std::time::Duration;

/// How often accepted cases are looked at.
const POLL: Duration = Duration::from_secs(5);

/// Publishes what has become searchable until the task is dropped. Several servers of a base may do so: the first one does.
pub async fn publish_found(state: AppState) {
    let mut trouble = false;
    loop {
        tokio::time::sleep(POLL).await;
        match publish_all(&state).await {
            Ok(()) => trouble = false,
            Err(error) if !trouble => {
                tracing::warn!(?error, "accepted reports are not looked at");
                trouble = true;
            }
            Err(_) => {}
        }
    }
}

/// Publishes every accepted case whose address is searchable.
///
/// # Errors
/// When the base is away, or the server stops.
pub async fn publish_all(state: &AppState) -> Result<(), ApiError> {
    let mut after = None;
    loop {
        let filter = CaseFilter {
            state: Some(CaseState::Accepted),
            after,
        };
        let cases = state.base().cases(&filter, MAX_EDITS).await?;
        let Some(last) = cases.last() else {
            return Ok(());
        };
        after = Some(last.id);
        for case in cases {
            if let Some(first) = state.base().reports_of(case.id, 1).await?.first() {
                publish_if_found(state, case, first).await?;
            }
        }
    }
}

/// An accepted case is published when its edit is in force, or the sources say so too, and searching finds the address.
pub(crate) async fn publish_if_found(
    state: &AppState,
    case: Case,
    report: &Report,
) -> Result<Case, ApiError> {
    let (CaseState::Accepted, Some(edit)) = (case.state, case.edit) else {
        return Ok(case);
    };
    let edit = state.base().edit(edit).await?;
    if !edit.state.in_force() && edit.state != EditState::Absorbed {
        return Ok(case);
    }
    let (text, point) = (report.text.clone(), report.point);
    let file = state
        .compute(move |view, weights| look_up(view, weights, &text, point))
        .await?;
    let Some(found) = file.existing else {
        return Ok(case);
    };
    let place = found.id.to_string();
    let mut write = state.base().write(state.now_ms()).await?;
    let change = CaseChange {
        id: case.id,
        to: CaseState::Published,
        who: None,
        reason: &case.reason,
        edit: None,
        place: Some(&place),
    };
    match write.change_case(&change).await {
        Ok(_) => write.commit().await?,
        // Another request was faster.
        Err(BaseError::Conflict { .. }) => {
            write.roll_back().await;
            0
        }
        Err(error) => return Err(error.into()),
    };
    Ok(state.base().case(case.id).await?)
}
