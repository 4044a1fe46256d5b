//! How often the reader looks at a byte or a token. The program does not count; the tests do, to hold the reader to linear work
//! whatever else the machine does.

#[cfg(test)]
thread_local! {
    static TAKEN: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Notes that so many bytes or tokens were looked at.
#[inline]
pub(super) fn take(count: usize) {
    #[cfg(test)]
    TAKEN.with(|taken| taken.set(taken.get() + count));
    #[cfg(not(test))]
    let _ = count;
}

/// How many `work` takes.
#[cfg(test)]
pub(super) fn of(work: impl FnOnce()) -> usize {
    let taken = || TAKEN.with(std::cell::Cell::get);
    let before = taken();
    work();
    taken() - before
}
