"""Automations: their events looked at, their firings decided and counted, their schedules kept."""
