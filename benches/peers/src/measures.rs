//! Everything that is measured.

use std::thread::available_parallelism;

use crate::host::{Background, Host};
use crate::row::{Goal, Row};
use crate::runs::{Programs, Record, Samples};
use crate::{Outcome, TRANSPORTS};

struct Bench<'a> {
    programs: &'a Programs,
    rounds: usize,
    rows: Vec<Row>,
    record: Record,
}

/// Measures everything; returns the rows of the table, and what every run has printed.
pub(crate) fn all(
    programs: &Programs,
    rounds: usize,
    connections: u32,
    record: Record,
) -> Outcome<(Vec<Row>, Record)> {
    let mut bench = Bench { programs, rounds, rows: Vec::new(), record };
    for transport in TRANSPORTS {
        let corosync = Host::corosync(transport)?;
        bench.calls(transport, &corosync)?;
        bench.connections(transport, &corosync)?;
        bench.tracked(transport, &corosync, connections)?;
        bench.stream(transport, &corosync)?;
        drop(corosync);
        let (server, _) = Host::server(&programs.path("server"), &["votequorum", transport])?;
        bench.notifications(transport, &server)?;
    }
    bench.placed()?;
    bench.busy()?;
    bench.confd()?;
    bench.allocations()?;
    Ok((bench.rows, bench.record))
}

impl Bench<'_> {
    fn row(
        &mut self,
        what: String,
        unit: &'static str,
        ours: f64,
        theirs: f64,
        goal: Option<Goal>,
    ) {
        self.rows.push(Row { what, unit, ours, theirs: Some(theirs), goal });
    }

    /// One at a time and many at a time, against the C call in a loop.
    fn calls(&mut self, transport: &'static str, host: &Host) -> Outcome<()> {
        let mut contenders = vec![
            self.programs.contender("C", "client", ["rtt", "20000"]),
            // One that looks for its answers drives the daemon to another processor, where the
            // next finds it.
            self.programs.contender("ours, no spin", "ours", ["rtt-parking", "20000"]),
            self.programs.contender("ours", "ours", ["rtt", "20000"]),
            self.programs.contender("ours, 128 in flight", "ours", ["pipeline", "200000"]),
            self.programs.contender("ours, on threads", "ours", ["rtt-threads", "20000"]),
            self.programs.contender(
                "ours, on threads, no spin",
                "ours",
                ["rtt-parking-threads", "20000"],
            ),
        ];
        if self.programs.path("rust-corosync").exists() {
            let rtt = ["rtt", "20000"];
            contenders.push(self.programs.contender("rust-corosync", "rust-corosync", rtt));
        }
        let title = format!("get_info, {transport}");
        let samples = self.record.alternate(host, &contenders, self.rounds, &title)?;
        let [c, parking, ours, pipeline, threads, parking_threads, others @ ..] =
            samples.as_slice()
        else {
            return Ok(());
        };
        let is_shm = transport == "shm";
        let spinning = is_shm.then_some(Goal::AtMostTimes(0.25));
        let many = Goal::Fraction(if is_shm { 12.0 } else { 4.0 });
        let spinning = spinning.unwrap_or(Goal::AtMostTimes(1.0));
        self.row(format!("{title}, one at a time"), "us", ours.us(), c.us(), Some(spinning));
        self.row(format!("{title}, one at a time, spin off"), "us", parking.us(), c.us(), None);
        let what = format!("{title}, one at a time, runtime with threads");
        self.row(what, "us", threads.us(), c.us(), None);
        let what = format!("{title}, one at a time, runtime with threads, spin off");
        self.row(what, "us", parking_threads.us(), c.us(), None);
        let what = format!("{title}, 128 in flight, each");
        self.row(what, "us", pipeline.us(), c.us(), Some(many));
        let what = format!("{title}, 128 in flight, processor time each");
        self.row(what, "us", pipeline.cpu_us(), c.cpu_us(), None);
        if let [other] = others {
            let what = format!("{title}, one at a time, against rust-corosync");
            self.row(what, "us", ours.us(), other.us(), None);
        }
        Ok(())
    }

    /// One at a time with the spin off, where the kernel does not choose the processors: whether it
    /// puts client and daemon on the same makes a difference of five times.
    fn placed(&mut self) -> Outcome<()> {
        if available_parallelism()?.get() < 2 {
            eprintln!("SKIPPED: choosing processors takes two of them");
            return Ok(());
        }
        let host = Host::corosync("shm")?;
        let [daemons, another] = ["0", "1"];
        host.run_on(daemons)?;
        for (processor, which) in
            [(daemons, "the daemon's processor"), (another, "another processor")]
        {
            let contenders = [
                self.programs.contender("C", "client", ["rtt", "20000"]).on(processor),
                self.programs.contender("ours", "ours", ["rtt-parking", "20000"]).on(processor),
            ];
            let title = format!("get_info, shm, one at a time, spin off, on {which}");
            let samples = self.record.alternate(&host, &contenders, 3 * self.rounds, &title)?;
            let [c, ours] = samples.as_slice() else { continue };
            self.row(title, "us", ours.us(), c.us(), Some(Goal::AtMostTimes(1.15)));
        }
        Ok(())
    }

    /// One at a time over sockets while another process keeps the second processor busy: looking for
    /// the answer takes time from the daemon then.
    fn busy(&mut self) -> Outcome<()> {
        if available_parallelism()?.get() < 2 {
            return Ok(());
        }
        let host = Host::corosync("socket")?;
        let mut command = host.command("taskset");
        command.args(["--cpu-list", "1", "sh", "-c", "while [ -d /proc/$PPID ]; do :; done"]);
        let _busy = Background::start(command)?;
        let contenders = [
            self.programs.contender("C", "client", ["rtt", "20000"]),
            self.programs.contender("ours", "ours", ["rtt", "20000"]),
        ];
        let title = "get_info, socket, one at a time, the other processor busy";
        let samples = self.record.alternate(&host, &contenders, self.rounds, title)?;
        let [c, ours] = samples.as_slice() else { return Ok(()) };
        self.row(title.into(), "us", ours.us(), c.us(), Some(Goal::AtMostTimes(1.0)));
        Ok(())
    }

    fn connections(&mut self, transport: &'static str, host: &Host) -> Outcome<()> {
        let contenders = [
            self.programs.contender("C", "client", ["connect", "200"]),
            self.programs.contender("ours", "ours", ["connect", "200"]),
            self.programs.contender("ours, smallest", "ours", ["connect-smallest", "200"]),
            self.programs.contender("ours, 1 MiB", "ours", ["connect-1m", "200"]),
        ];
        let title = format!("connect and close, {transport}");
        let samples = self.record.alternate(host, &contenders, self.rounds, &title)?;
        let [c, ours, smallest, largest] = samples.as_slice() else { return Ok(()) };
        let goal = (transport == "shm").then_some(Goal::Fraction(3.0));
        self.row(
            format!("{title}, messages up to 64 KiB (the default)"),
            "us",
            ours.us(),
            c.us(),
            goal,
        );
        let what = format!("{title}, messages up to 12 KiB (the least)");
        self.row(what, "us", smallest.us(), c.us(), None);
        let what = format!("{title}, messages up to 1 MiB (as the C library's)");
        self.row(what, "us", largest.us(), c.us(), None);
        Ok(())
    }

    /// Many connections that track, in one process.
    fn tracked(&mut self, transport: &'static str, host: &Host, n: u32) -> Outcome<()> {
        let count = n.to_string();
        let arguments = ["tracked", &count, "20"];
        let contenders = [
            self.programs.contender("C", "client", arguments),
            self.programs.contender("ours", "ours", arguments),
        ];
        let title = format!("{n} tracked connections, {transport}");
        let rounds = self.rounds.min(3);
        let samples = self.record.alternate(host, &contenders, rounds, &title)?;
        let [c, ours] = samples.as_slice() else { return Ok(()) };
        let what = format!("{title}: a change told to all");
        self.row(what, "us", ours.us(), c.us(), Some(Goal::AtMostTimes(1.0)));
        let what = format!("{title}: processor time of that");
        self.row(what, "us", ours.cpu_us(), c.cpu_us(), None);
        for (what, key) in [
            ("heap", "rss_anon_kib"),
            ("shared memory mapped and touched", "rss_shmem_kib"),
            ("shared memory the daemon keeps", "daemon_kib"),
        ] {
            let each = |samples: &Samples| samples.number(key) / f64::from(n);
            let what = format!("{title}: {what}, each");
            self.row(what, "KiB", each(ours), each(c), None);
        }
        let what = format!("{title}: threads");
        self.row(what, "", ours.number("threads"), c.number("threads"), None);
        Ok(())
    }

    fn notifications(&mut self, transport: &'static str, host: &Host) -> Outcome<()> {
        // As many as a ring of 1 MiB or the queue of a socket has room for.
        let drain = match transport {
            "shm" => ["drain", "10000", "20"],
            _ => ["drain", "200", "200"],
        };
        let contenders = [
            self.programs.contender("C", "client", drain),
            self.programs.contender("ours", "ours", drain),
        ];
        let title = format!("draining queued notifications, {transport}");
        let samples = self.record.alternate(host, &contenders, self.rounds, &title)?;
        let [c, ours] = samples.as_slice() else { return Ok(()) };
        let goal = (transport == "shm").then_some(Goal::Fraction(10.0));
        self.row(format!("{title}, each"), "us", ours.us(), c.us(), goal);
        Ok(())
    }

    /// As many notifications as a real corosync sends while another process changes the expected
    /// votes without pause.
    fn stream(&mut self, transport: &'static str, host: &Host) -> Outcome<()> {
        let mut command = host.command(self.programs.path("ours"));
        command.args(["changes", "1"]);
        let _changes = Background::start(command)?;
        let contenders = [
            self.programs.contender("C", "client", ["stream", "20000"]),
            self.programs.contender("ours", "ours", ["stream", "20000"]),
        ];
        let title = format!("a stream of a real corosync's notifications, {transport}");
        let samples = self.record.alternate(host, &contenders, self.rounds, &title)?;
        let [c, ours] = samples.as_slice() else { return Ok(()) };
        let what = format!("{title}, between two");
        self.row(what, "us", ours.us(), c.us(), None);
        let what = format!("{title}, processor time each");
        self.row(what, "us", ours.cpu_us(), c.cpu_us(), None);
        Ok(())
    }

    fn confd(&mut self) -> Outcome<()> {
        let server = self.programs.path("server");
        let (host, line) = Host::server(&server, &["confd"])?;
        let address = line.trim();
        let contenders = [
            self.programs.contender("blocking", "blocking-confd", ["20000", address]),
            self.programs.contender("ours", "ours", ["confd-rtt", "20000", address]),
        ];
        let title = "ConfD status order over loopback TCP";
        let samples = self.record.alternate(&host, &contenders, self.rounds, title)?;
        let [blocking, ours] = samples.as_slice() else { return Ok(()) };
        let what = format!("{title}, against a blocking call");
        self.row(what, "us", ours.us(), blocking.us(), Some(Goal::AtMostTimes(1.1)));
        let decode = [self.programs.contender("ours", "ours", ["confd-decode", "2000"])];
        let title = "decoding a ConfD status of 255 nodes";
        let samples = self.record.alternate(&host, &decode, self.rounds, title)?;
        if let [decode] = samples.as_slice() {
            self.alone(format!("{title}, per node"), "ns", decode.us() * 1e3, Goal::AtMost(20.0));
        }
        Ok(())
    }

    /// Heap allocations, which are the same in every run.
    fn allocations(&mut self) -> Outcome<()> {
        let server = self.programs.path("server");
        for transport in TRANSPORTS {
            let (host, _) = Host::server(&server, &["votequorum", transport])?;
            for (what, case, n, most) in
                [("get_info", "get_info", "10000", 0.0), ("notification", "drain", "2000", 1.0)]
            {
                let count = [self.programs.contender("ours", "allocations", [case, n])];
                let title = format!("heap allocations per {what}, {transport}");
                let samples = self.record.alternate(&host, &count, 1, &title)?;
                if let [count] = samples.as_slice() {
                    // To the hundredth: a queue may grow once more in the long run.
                    let each = count.number("allocations") / count.number("ops");
                    let each = (each * 100.0).round() / 100.0;
                    self.alone(title, "", each, Goal::AtMost(most));
                }
            }
        }
        Ok(())
    }

    fn alone(&mut self, what: String, unit: &'static str, ours: f64, goal: Goal) {
        self.rows.push(Row { what, unit, ours, theirs: None, goal: Some(goal) });
    }
}
