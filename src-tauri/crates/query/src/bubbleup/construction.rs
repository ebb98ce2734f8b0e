//! Fields that differ because of how the selection was made, and so tell nothing.

use super::reply::{BubbleupRequest, Selection};
use crate::ask::{Cancel, QueryError};
use crate::ast::{CompareOp, Condition, Expr, Filter, Literal};
use crate::calc;
use crate::related::{Kin, aliases_of};
use crate::{Bitmap, Scan, matching};
use skep_model::{Text, fields};

/// How a span ended: whoever selects by one of them, or by something that always comes with it, selects by all.
const OUTCOME: [&str; 2] = [fields::ERROR, fields::STATUS_CODE];

/// Of two conditions that share this much of their rows, one is another name for the other.
const SAME_SHARE_MIN: f64 = 0.99;

/// The fields the selection was made with, their other names, and those that say the same.
pub(super) fn selected_by(
    scan: &dyn Scan,
    request: &BubbleupRequest,
    cancel: &Cancel,
) -> Result<Vec<Text>, QueryError> {
    let mut names = match &request.selection {
        Selection::Filter(filter) => filter.fields(),
        Selection::Boxes(boxes) => boxes.iter().map(|one| one.field.clone()).collect(),
    };
    // What a calculated field is worked out of says what it says.
    let calculated = names.iter().filter_map(|name| calc::inside(name));
    let read: Vec<Text> =
        calculated.filter_map(|text| calc::parse(text, 0).ok()).flat_map(|node| node.fields()).collect();
    names.extend(read);
    // Traces picked by what some span of theirs has differ in that by construction.
    let of_relatives: Vec<Text> =
        names.iter().filter_map(|name| Kin::of(name)).map(|(_, rest)| Text::from(rest)).collect();
    names.extend(of_relatives);
    let other_names: Vec<Text> =
        names.iter().filter_map(|name| aliases_of(name)).flatten().map(|name| Text::from(*name)).collect();
    names.extend(other_names);
    let is_outcome = names.iter().any(|name| OUTCOME.contains(&&**name));
    if is_outcome || says_the_outcome(scan, request, cancel)? {
        names.extend(OUTCOME.map(Text::from));
    }
    Ok(names)
}

/// Whether something else that was asked for holds for the very rows of the base that failed. A cause may do so too,
/// and is no less one: only what is asked to be equal to something, as a flag of failing is, counts.
fn says_the_outcome(scan: &dyn Scan, request: &BubbleupRequest, cancel: &Cancel) -> Result<bool, QueryError> {
    let Selection::Filter(Filter { expr: Some(expr) }) = &request.selection else { return Ok(false) };
    let parts = match expr {
        Expr::And(parts) => parts.as_slice(),
        one => std::slice::from_ref(one),
    };
    let is_flag = |part: &&Expr| {
        let Expr::Is { condition, .. } = part else { return false };
        matches!(condition, Condition::Truthy | Condition::Compare(CompareOp::Eq, Literal::Bool(_)))
    };
    let flags: Vec<&Expr> = parts.iter().filter(is_flag).collect();
    if flags.is_empty() {
        return Ok(false);
    }
    let of_base =
        |expr: Expr| matching(scan, &Filter::from(expr).and(request.base.clone()), request.range, cancel);
    let failed = of_base(Expr::is(fields::ERROR, Condition::Truthy))?;
    for flag in flags {
        if are_same(&of_base(flag.clone())?, &failed) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn are_same(rows: &[Bitmap], others: &[Bitmap]) -> bool {
    let (mut n_both, mut n_either) = (0, 0);
    for (rows, others) in rows.iter().zip(others) {
        let mut both = rows.clone();
        both.intersect(others);
        n_both += both.count();
        n_either += rows.count() + others.count() - both.count();
    }
    n_both > 0 && n_both as f64 >= SAME_SHARE_MIN * n_either as f64
}
