"""What operators watch of tools and slots, as Prometheus metrics of the worker's process."""

from prometheus_client import Counter, Gauge, Histogram

TASKS = Histogram(
    "workshop_slot_task_duration_seconds",
    "Time a slot worked on one stage of a tool.",
    ("tool", "stage", "outcome"),
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800),
)
DEATHS = Counter("workshop_slot_deaths_total", "Slot processes that ended in the middle of a task.", ("tool",))
MEMORY = Gauge("workshop_slot_resident_bytes", "Memory of the slot that finished a task last.")
ENGINES = Gauge("workshop_slot_engine_bytes", "Memory that the warm engines of that slot hold.")
ENDED = Counter("workshop_jobs_ended_total", "Jobs by the status in which they ended.", ("status",))
SWEPT = Counter("workshop_swept_jobs_total", "What the sweep did with open jobs.", ("action",))
