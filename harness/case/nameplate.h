/*
 * What a client device that registers says it is: Manufacturer, Model Number and Firmware Version of its Device object (LwM2M 1.0 E.4).
 * Included by run_case.h.
 */
#ifndef CASE_NAMEPLATE_H
#define CASE_NAMEPLATE_H

/* Escaped text of a few dozen octets; "" for what the device does not tell. */
struct nameplate {
    const char *make, *model, *firmware;
};

#endif
