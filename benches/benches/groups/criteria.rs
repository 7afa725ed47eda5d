//! The groups under criterion.

use std::time::Duration;

use criterion::Criterion;
use webhook_benches::duel::Group;

/// Runs the groups under criterion, with the processor time of the thread as the clock, and prints what each subject
/// allocates.
///
/// Criterion runs one subject after the other, which shows how a subject changes with the code. To compare subjects
/// take `--bench ratios`, which runs them in turn.
pub fn run(groups: Vec<Group>) {
    let mut criterion = Criterion::default()
        .sample_size(30)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    for Group { name, subjects } in groups {
        println!("allocations, {name}:");
        let mut group = criterion.benchmark_group(name);
        for mut subject in subjects {
            let id = subject.name().to_owned();
            println!("  {id}: {}", subject.allocations());
            group.bench_function(id, |bencher| {
                bencher.iter_custom(|calls| subject.time(u32::try_from(calls).unwrap_or(u32::MAX)));
            });
        }
        group.finish();
    }
    criterion.final_summary();
}
