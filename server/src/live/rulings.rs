//! Follows the address base for zones, pins and learnt spots: a change counts a moment later on every server that shares
//! the base.
//!
//! The first time everything is read, page by page; from then on only what the feed says has changed.

use super::follow::FollowError;
use crate::pickup::{RulingChanges, Rulings};
use geodata::base::{
    Base, BaseError, PinFilter, SpotFilter, StoredPin, StoredSpot, StoredZone, Subject, ZoneFilter,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// With more changes than this of one kind, everything is read anew.
const MAX_CHANGES: i64 = 300;
/// What is read at once when everything is: a zone may have a thousand corners.
const PAGE: i64 = 500;

/// The rulings of a base, as far as they are known.
pub struct RulingsFollower {
    base: Base,
    rulings: Arc<Rulings>,
    /// The last change of the base that was taken in; `None` before the first.
    last: Option<i64>,
}

impl RulingsFollower {
    /// Nothing is read yet; see [`RulingsFollower::catch_up`].
    pub fn new(base: Base) -> RulingsFollower {
        RulingsFollower {
            base,
            rulings: Arc::default(),
            last: None,
        }
    }

    /// Takes in what is new; returns the rulings from now on, if they are others.
    ///
    /// # Errors
    /// When the base is away; it may be called again.
    pub async fn catch_up(&mut self) -> Result<Option<Arc<Rulings>>, FollowError> {
        // Asked first: what changes while the rest is read is read again.
        let newest = self.base.last_change().await?;
        if self.last == Some(newest) {
            return Ok(None);
        }
        let changed = match self.last {
            Some(last) => self.base.ruled_anew((last, newest), MAX_CHANGES).await?,
            None => None,
        };
        let (known, changes) = match changed {
            Some(subjects) if subjects.is_empty() => {
                self.last = Some(newest);
                return Ok(None);
            }
            Some(subjects) => (Arc::clone(&self.rulings), self.read(&subjects).await?),
            None => (Arc::default(), self.read_all().await?),
        };
        let task = tokio::task::spawn_blocking(move || known.with(changes));
        self.rulings = Arc::new(task.await?);
        self.last = Some(newest);
        Ok(Some(Arc::clone(&self.rulings)))
    }

    async fn read(&self, subjects: &[Subject]) -> Result<RulingChanges, BaseError> {
        let mut changes = RulingChanges::default();
        for subject in subjects {
            match *subject {
                Subject::Zone(id) => {
                    changes.zones.insert(id, present(self.base.zone(id).await)?);
                }
                Subject::Pin(id) => {
                    changes.pins.insert(id, present(self.base.pin(id).await)?);
                }
                Subject::Spot(id) => {
                    changes.spots.insert(id, present(self.base.spot(id).await)?);
                }
                _ => {}
            }
        }
        Ok(changes)
    }

    async fn read_all(&self) -> Result<RulingChanges, BaseError> {
        Ok(RulingChanges {
            zones: self.all_zones().await?,
            pins: self.all_pins().await?,
            spots: self.all_spots().await?,
        })
    }

    async fn all_zones(&self) -> Result<BTreeMap<i64, Option<StoredZone>>, BaseError> {
        let (mut all, mut filter) = (BTreeMap::new(), ZoneFilter::default());
        loop {
            let page = self.base.zones(filter, PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(all);
            };
            filter.after = Some(last.id);
            all.extend(page.into_iter().map(|z| (z.id, Some(z))));
        }
    }

    async fn all_pins(&self) -> Result<BTreeMap<i64, Option<StoredPin>>, BaseError> {
        let (mut all, mut filter) = (BTreeMap::new(), PinFilter::default());
        loop {
            let page = self.base.pins(filter, PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(all);
            };
            filter.after = Some(last.id);
            all.extend(page.into_iter().map(|p| (p.id, Some(p))));
        }
    }

    async fn all_spots(&self) -> Result<BTreeMap<i64, Option<StoredSpot>>, BaseError> {
        let (mut all, mut filter) = (BTreeMap::new(), SpotFilter::default());
        loop {
            let page = self.base.spots(filter, PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(all);
            };
            filter.after = Some(last.id);
            all.extend(page.into_iter().map(|s| (s.id, Some(s))));
        }
    }
}

/// What is not there any more is nothing.
fn present<T>(read: Result<T, BaseError>) -> Result<Option<T>, BaseError> {
    match read {
        Ok(found) => Ok(Some(found)),
        Err(BaseError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
