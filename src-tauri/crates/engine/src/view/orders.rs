//! Lists of traces as they were when they were asked for, so that a page further down belongs to what was read above.

use skep_model::TraceId;
use std::sync::{Arc, Mutex, PoisonError};

/// Lists kept: those that pages are being read of, and the newest ones of pages that are live.
const ORDERS_MAX: usize = 8;

/// Trace ids kept in all lists together, 16 bytes each; the newest list is kept whatever its length.
const IDS_MAX: usize = 1 << 21;

/// Names a list; see [`crate::View::traces_at`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderId(pub u32);

/// The lists that were asked for lately.
#[derive(Default)]
pub(crate) struct Orders(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    /// The one asked for last stands last.
    orders: Vec<(OrderId, Arc<[TraceId]>)>,
    n_made: u32,
}

impl Orders {
    /// Keeps a list, and lets go of those that nobody asked for for longest.
    pub(super) fn keep(&self, ids: Arc<[TraceId]>) -> OrderId {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.n_made = kept.n_made.wrapping_add(1);
        let id = OrderId(kept.n_made);
        kept.orders.push((id, ids));
        let mut n_ids = 0;
        let n_stay = kept.orders.iter().rev().take(ORDERS_MAX).take_while(|(_, ids)| {
            n_ids += ids.len();
            n_ids <= IDS_MAX
        });
        let n_over = kept.orders.len() - n_stay.count().max(1);
        kept.orders.drain(..n_over);
        id
    }

    /// A list that is still kept, which makes it the last to be let go.
    pub(super) fn get(&self, id: OrderId) -> Option<Arc<[TraceId]>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.orders.iter().position(|(known, _)| *known == id)?;
        let order = kept.orders.remove(at);
        let ids = Arc::clone(&order.1);
        kept.orders.push(order);
        Some(ids)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(n: usize) -> Arc<[TraceId]> {
        vec![TraceId::from_bytes(&[1; 16]).unwrap(); n].into()
    }

    #[test]
    fn a_list_that_is_read_stays_and_others_leave() {
        let orders = Orders::default();
        let read = orders.keep(list(1));
        let others: Vec<OrderId> = (0..20)
            .map(|_| {
                assert!(orders.get(read).is_some());
                orders.keep(list(2))
            })
            .collect();
        assert!(orders.get(others[0]).is_none());
        assert_eq!(orders.get(others[19]).map(|ids| ids.len()), Some(2));
    }

    #[test]
    fn long_lists_leave_sooner_and_the_newest_stays() {
        let orders = Orders::default();
        let first = orders.keep(list(IDS_MAX / 2 + 1));
        let second = orders.keep(list(IDS_MAX / 2 + 1));
        assert!(orders.get(first).is_none() && orders.get(second).is_some());
        let huge = orders.keep(list(IDS_MAX + 1));
        assert!(orders.get(second).is_none() && orders.get(huge).is_some());
    }
}
