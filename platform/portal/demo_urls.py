"""Addresses that exist in development alone: demo sign-ins and the letters that the site sent."""

from django.urls import path

from portal import demo_views

app_name = "demo"
urlpatterns = [
    path("", demo_views.people, name="people"),
    path("enter/", demo_views.enter, name="enter"),
    path("mail/", demo_views.mail, name="mail"),
    path("statement.csv", demo_views.statement, name="statement"),
]
