/// Bytes of a list that are kept for others: those of a request of a thousand events.
const KEPT_BYTES_MAX: usize = 32 << 10;

/// What the list holds, in as little memory as that needs; the list is empty, and keeps its room. One of much room leaves
/// as it is: to copy it would cost more than what lies idle in it.
pub(super) fn take_packed<T: Copy>(list: &mut Vec<T>) -> Vec<T> {
    if list.capacity() * size_of::<T>() > KEPT_BYTES_MAX {
        return std::mem::take(list);
    }
    let packed = list.as_slice().to_vec();
    list.clear();
    packed
}
