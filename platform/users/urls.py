"""A person's own pages and the administrator's."""

from django.urls import path

from users import views

app_name = "users"
urlpatterns = [
    path("", views.me, name="me"),
    path("name/", views.name, name="name"),
    path("residence/", views.residence, name="residence"),
    path("residents/", views.residents, name="residents"),
    path("appointments/", views.appointments, name="appointments"),
    path("appointments/<uuid:appointment_id>/end/", views.end, name="end"),
]
