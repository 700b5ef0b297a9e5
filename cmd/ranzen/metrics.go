package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"ranzen/store"
)

// Metrics carry no authority, school, device or person: numbers of the whole installation only.
var (
	enrolled  = prometheus.NewDesc("ranzen_devices_enrolled", "Devices under management.", nil, nil)
	converged = prometheus.NewDesc("ranzen_devices_converged", "Enrolled devices that reported everything planned for them from the newest facts.", nil, nil)
	pending   = prometheus.NewDesc("ranzen_items_pending", "Items planned for enrolled devices and not yet reported by them.", nil, nil)
)

// gauges is the registry of what /metrics shows.
func gauges(s *store.Store, log *slog.Logger) *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(devices{s, log}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}

// devices counts in the database when it is asked.
type devices struct {
	st  *store.Store
	log *slog.Logger
}

func (d devices) Describe(c chan<- *prometheus.Desc) { c <- enrolled; c <- converged; c <- pending }

func (d devices) Collect(c chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	counts, err := d.st.Counts(ctx)
	if err != nil {
		d.log.Error("devices not counted", "error", err)
		return
	}
	var e, v, p float64
	for _, x := range counts {
		e, v, p = e+float64(x.Enrolled), v+float64(x.Converged), p+float64(x.Pending)
	}
	c <- prometheus.MustNewConstMetric(enrolled, prometheus.GaugeValue, e)
	c <- prometheus.MustNewConstMetric(converged, prometheus.GaugeValue, v)
	c <- prometheus.MustNewConstMetric(pending, prometheus.GaugeValue, p)
}
